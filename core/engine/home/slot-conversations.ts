/**
 * The conversations in memory by slot, so that a slot that is let go or fenced off forgets its own without a look at all others: a node that
 * gave up a thousand slots with 75,000 conversations stood still for seconds.
 *
 * Method: a list through columns beside the conversations' numbers, those that rest among them; a set a slot would take more memory than what
 * it holds. Numbers are kept plus one; 0: none.
 */
import { IntColumn } from '../../model/columns.ts';
import type { SlotState } from '../slot/slot-state.ts';

export class SlotConversations {
  private readonly first = new Map<SlotState, number>();
  private readonly next = new IntColumn();
  private readonly previous = new IntColumn();

  add(slot: SlotState, conversation: number): void {
    const link = conversation + 1;
    const next = this.first.get(slot) ?? 0;
    this.next.set(conversation, next);
    this.previous.set(conversation, 0);
    if (next !== 0) this.previous.set(next - 1, link);
    this.first.set(slot, link);
  }

  remove(slot: SlotState, conversation: number): void {
    const next = this.next.get(conversation);
    const previous = this.previous.get(conversation);
    if (next !== 0) this.previous.set(next - 1, previous);
    if (previous !== 0) this.next.set(previous - 1, next);
    else if (next !== 0) this.first.set(slot, next);
    else this.first.delete(slot);
  }

  of(slot: SlotState): number[] {
    const found: number[] = [];
    for (let link = this.first.get(slot) ?? 0; link !== 0; link = this.next.get(link - 1)) found.push(link - 1);
    return found;
  }
}
