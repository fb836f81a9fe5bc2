/**
 * Edits and deletions: an event of their own, and the target's row rewritten in the same batch (DESIGN 4).
 *
 * Method: the target row (and the event of its last edit, which still holds that edit's text) are read before the send is decided. The new
 * batch rewrites both: the target shows the new text or none, the older edit's event loses its body, so that at any time only
 * the newest edit of a message holds text and a late reader never sees what was deleted. A read under way while something of the conversation
 * is rewritten is made again (simulator seed 6: an edit brought back what had been deleted), and an edit whose row is in a batch under way is
 * waited for (seed 4: it kept its text).
 */
import { writeEventKey } from '../../model/keys.ts';
import { readEventValue } from '../../model/values.ts';
import { noBytes } from '../../protocol/bytes.ts';
import type { SendFrame } from '../../protocol/generated/client-frames.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { type EventStruct, newEventStruct } from '../../protocol/generated/structs.ts';
import { type GetResult, Table } from '../../store/port.ts';
import type { Arrival } from '../arrival.ts';
import { assert } from '../assert.ts';
import type { OwnerContext } from '../owner-context.ts';
import type { Gather } from '../slot/gather.ts';
import type { Answers } from './answers.ts';
import type { ConversationState } from './conversation-state.ts';
import type { Conversations } from './conversations.ts';
import { Rewrite } from './rewrite.ts';

/** `kind` of events and sends. */
export const EventKind = { message: 1, edit: 2, deletion: 3 } as const;

export class Edits {
  private readonly context: OwnerContext;
  private readonly conversations: Conversations;
  private readonly answers: Answers;

  constructor(context: OwnerContext, conversations: Conversations, answers: Answers) {
    this.context = context;
    this.conversations = conversations;
    this.answers = answers;
  }

  /** @returns 0: may be appended; an ErrorCode: rejected with it; null: the target is being read, the frame parked, or to come again. */
  check(arrival: Arrival, conversation: ConversationState, send: SendFrame): number | null {
    if (send.kind === EventKind.message) return 0;
    // A target in a batch under way has no durable row yet; its author has no outcome either, so this is no honest client.
    if (send.target > conversation.durableSeq) return ErrorCode.noSuchTarget;
    const target = this.row(conversation, send.target);
    if (target === undefined) {
      this.read(arrival, conversation, send.target);
      return null;
    }
    if (target === null || target.kind !== EventKind.message || target.deleted) return ErrorCode.noSuchTarget;
    if (target.author !== arrival.user) return ErrorCode.notAuthor;
    if (target.editSeq === 0 || this.row(conversation, target.editSeq) !== undefined) return 0;
    if (target.editSeq <= conversation.durableSeq) this.read(arrival, conversation, send.target);
    else this.answers.retry(arrival.from, arrival.session, conversation.a, conversation.b, send, ErrorCode.delayed);
    return null;
  }

  /** `event` was appended: rewrite its target, and scrub the edit before it. */
  rewrite(conversation: ConversationState, gather: Gather, event: EventStruct): void {
    const target = this.row(conversation, event.target);
    assert(target !== undefined && target !== null, 'a checked target is known');
    const before = target.editSeq === 0 ? null : this.row(conversation, target.editSeq);
    assert(before !== undefined, 'the edit before it is known');
    const deletion = event.kind === EventKind.deletion;
    conversation.changedSeq = event.seq;
    if (deletion) this.context.counters.deletions += 1;
    else this.context.counters.edits += 1;
    const body = deletion ? noBytes : event.body.slice();
    this.put(conversation, gather, { ...target, body, editSeq: event.seq, deleted: deletion });
    if (before !== null) this.put(conversation, gather, { ...before, body: noBytes, editSeq: event.seq });
    conversation.target = null;
    conversation.rewritten += 1;
  }

  private put(conversation: ConversationState, gather: Gather, event: EventStruct): void {
    conversation.rewrites ??= new Map();
    let rewrite = conversation.rewrites.get(event.seq);
    if (rewrite === undefined) {
      rewrite = new Rewrite(this.context, conversation, event);
      conversation.rewrites.set(event.seq, rewrite);
    } else {
      rewrite.event = event;
    }
    gather.add(rewrite, 1);
    gather.byteLength += event.body.length;
  }

  /** undefined: not known here; null: no such row. */
  private row(conversation: ConversationState, seq: number): EventStruct | null | undefined {
    const rewrite = conversation.rewrites?.get(seq);
    if (rewrite !== undefined) return rewrite.event;
    const target = conversation.target;
    if (target === null) return undefined;
    if (target.seq === seq) return target.row === null ? null : decode(target.row);
    if (target.editSeq === seq) return target.editRow === null ? null : decode(target.editRow);
    return undefined;
  }

  private read(arrival: Arrival, conversation: ConversationState, seq: number): void {
    this.conversations.parkIn(arrival, conversation);
    this.readTarget(conversation, seq);
  }

  private readTarget(conversation: ConversationState, seq: number): void {
    const { rewritten } = conversation;
    // Rows of before a rewrite say nothing: the read begins again.
    const get = (of: number, then: (row: Uint8Array | null) => void): void =>
      this.get(conversation, of, (row) => (conversation.rewritten === rewritten ? then(row) : this.readTarget(conversation, seq)));
    get(seq, (row) => {
      const known = conversation.rewrites?.get(seq)?.event ?? (row === null ? null : decode(row));
      const editSeq = known?.editSeq ?? 0;
      const isEditKnown = editSeq === 0 || editSeq > conversation.durableSeq || conversation.rewrites?.has(editSeq) === true;
      if (isEditKnown) this.found(conversation, { seq, row, editSeq: 0, editRow: null });
      else get(editSeq, (editRow) => this.found(conversation, { seq, row, editSeq, editRow }));
    });
  }

  private found(conversation: ConversationState, target: ConversationState['target']): void {
    conversation.target = target;
    this.conversations.replayParked(conversation);
  }

  private get(conversation: ConversationState, seq: number, then: (row: Uint8Array | null) => void): void {
    const { key } = this.context;
    const { slot, a, b } = conversation;
    key.reset();
    writeEventKey(key, slot.partition, slot.slot, a, b, seq);
    conversation.readsUnderWay += 1;
    this.context.get(Table.users, key.copy(), {
      got: (result: GetResult) => {
        conversation.readsUnderWay -= 1;
        if (conversation.dropped) return;
        if (result.kind === 'ok') then(result.value);
        else conversation.parked?.replay((from, frame) => this.conversations.refuse(from, frame, ErrorCode.unavailable));
      },
    });
  }
}

function decode(row: Uint8Array): EventStruct {
  const event = newEventStruct();
  readEventValue(row, event);
  return event;
}
