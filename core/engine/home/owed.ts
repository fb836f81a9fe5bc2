/**
 * What a claim found open and no conversation in memory carries yet: the conversation is loaded for it, again and again until it can be
 * read. Without this a load that fails once would forget the obligation until the next claim.
 */
import type { OwnerContext } from '../owner-context.ts';
import type { SlotState } from '../slot/slot-state.ts';
import type { Conversations } from './conversations.ts';
import { PairMap } from './pair-map.ts';

interface Owed {
  readonly a: number;
  readonly b: number;
  readonly slot: SlotState;
  /** Oldest open seq. */
  readonly low: number;
}

export class OwedConversations {
  private readonly context: OwnerContext;
  private readonly conversations: Conversations;
  private readonly owed = new PairMap<Owed>();
  private dueAt = Number.POSITIVE_INFINITY;

  constructor(context: OwnerContext, conversations: Conversations) {
    this.context = context;
    this.conversations = conversations;
  }

  add(slot: SlotState, a: number, b: number, low: number): void {
    const owed = { a, b, slot, low };
    this.owed.set(owed);
    this.load(owed);
  }

  /** Oldest open seq of a conversation that was just loaded; 0: nothing is owed. */
  take(a: number, b: number): number {
    const owed = this.owed.get(a, b);
    if (owed === undefined) return 0;
    this.owed.delete(owed);
    return owed.low;
  }

  /** A conversation could not be loaded. */
  loadFailed(a: number, b: number): void {
    if (this.owed.get(a, b) !== undefined) this.dueAt = Math.min(this.dueAt, this.context.now + this.context.limits.unknownRetryMs);
  }

  forget(slot: SlotState): void {
    for (const owed of this.owed.all()) if (owed.slot === slot) this.owed.delete(owed);
  }

  nextWakeMs(): number {
    return this.dueAt;
  }

  tick(): void {
    if (this.dueAt > this.context.now) return;
    this.dueAt = Number.POSITIVE_INFINITY;
    for (const owed of this.owed.all()) this.load(owed);
  }

  private load({ slot, a, b }: Owed): void {
    // In memory already: it is being loaded for somebody else.
    if (!this.conversations.has(a, b)) this.conversations.load(slot, a, b);
  }
}
