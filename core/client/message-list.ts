/**
 * Messages of one conversation as a page shows them: a range of the log without a hole, then own messages on their way.
 *
 * Method: events are applied in any order of arrival (live, or from pages of history); edits and deletions change the message they
 * aim at, by the highest seq. Messages are values: a change makes a new one.
 */

import type { EventStruct } from '../protocol/generated/structs.ts';
import { decodeUtf8 } from '../protocol/utf8.ts';
import type { Message, MessageState } from './api.ts';
import type { ParleyError } from './errors.ts';

const Kind = { message: 1, edit: 2, deletion: 3 } as const;

export interface Watermarks {
  readonly delivered: number;
  readonly read: number;
}

interface Pending {
  readonly localId: number;
  message: Message;
}

export class MessageList {
  /** The range is events `first` … `last`; 0, 0: nothing is loaded. */
  first = 0;
  last = 0;
  private readonly own: number;
  private readonly isNotes: boolean;
  private messages: Message[] = [];
  private pending: Pending[] = [];
  /** seq of the last change applied to a message, by its seq. */
  private readonly changedBy = new Map<number, number>();
  /** Keys that accepted messages had while they were pending. */
  private readonly keys = new Map<number, string>();
  private snapshot: readonly Message[] | null = null;
  private marks: Watermarks = { delivered: 0, read: 0 };
  private offlineUpTo = 0;

  constructor(ownUser: number, isNotes: boolean) {
    this.own = ownUser;
    this.isNotes = isNotes;
  }

  get all(): readonly Message[] {
    this.snapshot ??= [...this.messages, ...this.pending.map((pending) => pending.message)];
    return this.snapshot;
  }

  get lastMessage(): Message | null {
    return this.pending.at(-1)?.message ?? this.messages.at(-1) ?? null;
  }

  /** A live event. Returns the message that it is, or null (an edit, a deletion, one that is here already). */
  takeLive(event: EventStruct): Message | null {
    this.change(event);
    if (this.last !== 0 && event.seq <= this.last) return this.find(event.seq);
    if (event.seq !== this.last + 1 || this.last === 0) this.begin(event.seq);
    this.last = event.seq;
    return this.append(event);
  }

  /** A page of history; ascending, without a hole. Joined when it touches the range. Returns its messages. */
  takePage(events: readonly EventStruct[]): Message[] {
    const first = events.at(0)?.seq ?? 0;
    const last = events.at(-1)?.seq ?? 0;
    if (first === 0) return [];
    const alone = new MessageList(this.own, this.isNotes);
    if (this.last === 0) this.first = first;
    else if (last < this.first - 1 || first > this.last + 1) return this.outside(alone, events);
    const older: Message[] = [];
    for (const event of events) {
      if (this.last === 0 || event.seq < this.first) {
        if (event.kind === Kind.message) older.push(this.made(event));
      }
    }
    this.messages = [...older, ...this.messages];
    const known = this.last;
    for (const event of events) if (known !== 0 && event.seq > known) this.append(event);
    this.first = Math.min(this.first, first);
    this.last = Math.max(this.last, last);
    for (const event of events) this.change(event);
    this.snapshot = null;
    this.dropShownPending();
    return this.messages.filter((message) => message.seq >= first && message.seq <= last);
  }

  /** An own message that was taken into the outbox. */
  addPending(localId: number, text: string, replyTo: number, nowMs: number): void {
    const message: Message = {
      key: `p${localId}`,
      seq: 0,
      author: this.own,
      mine: true,
      text,
      timestamp: nowMs,
      replyTo,
      edited: false,
      deleted: false,
      state: 'pending',
      peerOffline: false,
      error: null,
    };
    this.pending.push({ localId, message });
    this.snapshot = null;
  }

  /** The outbox told of it. Does nothing for sends that are no message of this list. */
  outgoing(localId: number, state: 'sent' | 'accepted', seq: number): void {
    const pending = this.pending.find((each) => each.localId === localId);
    if (pending === undefined) return;
    pending.message = { ...pending.message, state, seq };
    this.snapshot = null;
    if (seq === 0) return;
    this.keys.set(seq, pending.message.key);
    this.dropShownPending();
  }

  /** Whether the message at `seq` was accepted from this outbox since the start. */
  wasSentHere(seq: number): boolean {
    return this.keys.has(seq);
  }

  failed(localId: number, error: ParleyError): void {
    const pending = this.pending.find((each) => each.localId === localId);
    if (pending === undefined) return;
    pending.message = { ...pending.message, state: 'failed', error };
    this.snapshot = null;
  }

  discard(key: string): void {
    this.pending = this.pending.filter(({ message }) => message.key !== key || message.state !== 'failed');
    this.snapshot = null;
  }

  raise(marks: Watermarks): void {
    this.marks = marks;
    this.restate();
  }

  /** The peer had no device on line for events up to here. */
  offline(upTo: number): void {
    this.offlineUpTo = Math.max(this.offlineUpTo, upTo);
    this.restate();
  }

  /** Nothing of the log holds any more; what is on its way stays. */
  clear(): void {
    this.first = 0;
    this.last = 0;
    this.messages = [];
    this.changedBy.clear();
    this.keys.clear();
    this.marks = { delivered: 0, read: 0 };
    this.offlineUpTo = 0;
    this.snapshot = null;
  }

  private begin(seq: number): void {
    this.messages = [];
    this.first = seq;
    this.snapshot = null;
  }

  private append(event: EventStruct): Message | null {
    if (event.kind !== Kind.message) return null;
    const message = this.made(event);
    this.messages.push(message);
    this.snapshot = null;
    this.dropShownPending();
    return message;
  }

  /** Messages of a page that does not touch the range. */
  private outside(alone: MessageList, events: readonly EventStruct[]): Message[] {
    alone.marks = this.marks;
    return alone.takePage(events);
  }

  private change(event: EventStruct): void {
    if (event.kind !== Kind.edit && event.kind !== Kind.deletion) return;
    const at = this.messages.findIndex((message) => message.seq === event.target);
    if (at < 0 || (this.changedBy.get(event.target) ?? 0) >= event.seq) return;
    this.changedBy.set(event.target, event.seq);
    const deleted = event.kind === Kind.deletion;
    this.messages[at] = { ...this.messages[at], text: deleted ? '' : textOf(event), edited: !deleted, deleted };
    this.snapshot = null;
  }

  private made(event: EventStruct): Message {
    if (event.editSeq !== 0) this.changedBy.set(event.seq, event.editSeq);
    const mine = event.author === this.own;
    const key = this.keys.get(event.seq) ?? `e${event.seq}`;
    return {
      key,
      seq: event.seq,
      author: event.author,
      mine,
      text: event.deleted ? '' : textOf(event),
      timestamp: event.timestamp,
      replyTo: event.replyTo,
      edited: event.editSeq !== 0 && !event.deleted,
      deleted: event.deleted,
      state: mine ? this.ownState(event.seq) : 'received',
      peerOffline: mine && this.isOffline(event.seq),
      error: null,
    };
  }

  private find(seq: number): Message | null {
    return this.messages.findLast((message) => message.seq === seq) ?? null;
  }

  private dropShownPending(): void {
    if (this.pending.length === 0) return;
    const kept = this.pending.filter(({ message }) => message.seq === 0 || message.seq < this.first || message.seq > this.last);
    if (kept.length !== this.pending.length) this.snapshot = null;
    this.pending = kept;
  }

  /** Newest first, until one already says so. */
  private restate(): void {
    for (let at = this.messages.length - 1; at >= 0; at--) {
      const message = this.messages[at];
      if (!message.mine) continue;
      const state = this.ownState(message.seq);
      const peerOffline = this.isOffline(message.seq);
      if (message.state === state && message.peerOffline === peerOffline) {
        if (state === 'read') return;
        continue;
      }
      this.messages[at] = { ...message, state, peerOffline };
      this.snapshot = null;
    }
  }

  private ownState(seq: number): MessageState {
    if (this.isNotes) return 'accepted';
    if (seq <= this.marks.read) return 'read';
    return seq <= this.marks.delivered ? 'delivered' : 'accepted';
  }

  private isOffline(seq: number): boolean {
    return seq <= this.offlineUpTo && seq > this.marks.delivered;
  }
}

function textOf(event: EventStruct): string {
  return decodeUtf8(event.body) ?? '';
}
