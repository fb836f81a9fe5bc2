/**
 * A conversation at rest as bytes. It is clean: what is in memory is what is durable, nothing gathers and nobody waits, so these numbers are
 * all that a new object needs to differ in nothing from the one that was packed. Memory only: the layout may change at any time.
 */

import { SenderOutcomes } from '../../model/sender-outcomes.ts';
import type { FrameReader } from '../../protocol/reader.ts';
import type { FrameWriter } from '../../protocol/writer.ts';
import { assert } from '../assert.ts';
import type { OwnerContext } from '../owner-context.ts';
import type { ConversationState, MemberState } from './conversation-state.ts';
import { SenderState } from './sender-state.ts';

export function writeResting(w: FrameWriter, conversation: ConversationState): void {
  w.varint(conversation.lastSeq);
  w.varint(conversation.lastMessageNo);
  w.varint(conversation.lowerMessageNo);
  w.varint(conversation.lastTimestamp);
  w.varint(conversation.changedSeq);
  w.u8(conversation.blockedBy);
  w.u8(conversation.peerExists ? 1 : 0);
  w.varint(conversation.confirmed);
  w.varint(conversation.toldAgainTo);
  writeMember(w, conversation.lower);
  writeMember(w, conversation.upper);
  w.varint(conversation.senders.length);
  for (const sender of conversation.senders) {
    w.id53(sender.user);
    w.u64(sender.idHigh, sender.idLow);
    sender.outcomes.write(w);
  }
}

/** Fills an object that was just made. */
export function readResting(r: FrameReader, conversation: ConversationState, context: OwnerContext): void {
  conversation.lastSeq = r.varint();
  conversation.lastMessageNo = r.varint();
  conversation.lowerMessageNo = r.varint();
  conversation.lastTimestamp = r.varint();
  conversation.changedSeq = r.varint();
  conversation.durableSeq = conversation.lastSeq;
  conversation.durableMessageNo = conversation.lastMessageNo;
  conversation.durableLowerNo = conversation.lowerMessageNo;
  conversation.blockedBy = r.u8();
  conversation.peerExists = r.u8() === 1;
  conversation.confirmed = r.varint();
  conversation.toldAgainTo = r.varint();
  readMember(r, conversation.lower);
  readMember(r, conversation.upper);
  for (let left = r.varint(); left > 0; left--) {
    const user = r.id53();
    r.u64();
    const { high, low } = r;
    const outcomes = new SenderOutcomes(context.limits.windowSends);
    outcomes.read(r);
    conversation.addSender(new SenderState(context, conversation, user, high, low, outcomes));
  }
  assert(r.failure === '' && r.position === r.end, 'a conversation at rest is whole');
  conversation.loaded = true;
}

function writeMember(w: FrameWriter, member: MemberState): void {
  w.varint(member.delivered);
  w.varint(member.read);
}

function readMember(r: FrameReader, member: MemberState): void {
  member.delivered = r.varint();
  member.read = r.varint();
  member.durableDelivered = member.delivered;
  member.durableRead = member.read;
}
