/**
 * Mutants of the way of a message: edge, owner, client. From reference pages of the design and from the small-world models, which name the
 * shortest trace of each.
 */
import type { Mutant } from './mutant.ts';

/** Also a mutant of the kill test. */
export const acceptedBeforeDurable: Mutant = {
  name: 'accepted-before-durable',
  bug: 'accepted leaves when the event is appended, not when its batch is durable',
  file: 'core/engine/home/sends.ts',
  find: 'sender.outcomes.push(send.sendIdHigh, send.sendIdLow, bodyHash(send), 0, seq);',
  replace:
    'sender.outcomes.push(send.sendIdHigh, send.sendIdLow, bodyHash(send), 0, seq);\n' +
    '    this.answers.accepted(arrival.from, arrival.session, conversation.a, conversation.b, send, seq);',
  killedBy: ['accepted means durable', 'one order', 'exactly once'],
};

export const deliveryMutants: readonly Mutant[] = [
  {
    name: 'duplicate-answered-early',
    bug: 'a duplicate of a send that is still in a batch is answered at once',
    file: 'core/engine/home/sends.ts',
    find: 'if (send.clientSeq > sender.durableLast) {',
    replace: 'if (send.clientSeq < 0) {',
    killedBy: ['accepted means durable', 'one order', 'exactly once'],
  },
  acceptedBeforeDurable,
  {
    name: 'any-higher-number',
    bug: 'n > last is appended, not only n = last + 1',
    file: 'core/engine/home/sends.ts',
    find: 'if (send.clientSeq === due) {',
    replace: 'if (send.clientSeq >= due) {',
    killedBy: ['exactly once', 'sender order', 'one outcome'],
  },
  {
    name: 'timestamp-and-number-reused',
    bug: 'an edit counts as a message',
    file: 'core/engine/home/sends.ts',
    find: 'if (send.kind === EventKind.message) countMessage(conversation, arrival.user);',
    replace: 'countMessage(conversation, arrival.user);',
    killedBy: ['time and numbers'],
  },
  {
    name: 'rollback-keeps-memory',
    bug: 'after a batch was rolled back the slot goes on with what it had in memory',
    file: 'core/engine/slot/slots.ts',
    find:
      'this.hooks.forget(slot);\n    // Forgotten memory is loaded anew by claiming again: obligations are redone and sessions caught up on the way.\n' +
      '    this.claim(slot, true);',
    replace: 'slot.trouble = 0;',
    killedBy: ['accepted means durable', 'one order', 'exactly once', 'no hole', 'one outcome', 'throw', 'rest'],
  },
  {
    name: 'reclaim-keeps-memory',
    bug: 'a slot that claims itself again goes on with what it had in memory',
    file: 'core/engine/slot/slots.ts',
    find: 'this.dropBatches(slot, 0);\n    this.hooks.forget(slot);\n    this.claim(slot, true);',
    replace: 'this.dropBatches(slot, 0);\n    this.claim(slot, true);',
    killedBy: ['accepted means durable', 'one order', 'exactly once', 'no hole', 'throw', 'rest'],
  },
  {
    name: 'obligations-not-redone',
    bug: 'what a slot owes to inboxes is not looked at after a claim',
    file: 'core/engine/slot/slots.ts',
    find: 'this.hooks.claimed(slot, obligations, claim.own);',
    replace: 'this.hooks.claimed(slot, [], claim.own);',
    killedBy: ['nobody missed', 'rest'],
  },
  {
    name: 'obligation-closed-by-older',
    bug: 'a confirmation closes the obligation although a newer event of the conversation is unconfirmed',
    file: 'core/engine/home/obligations.ts',
    find: 'if (conversation.confirmed < conversation.lastSeq) {',
    replace: 'if (conversation.confirmed < conversation.openLow) {',
    killedBy: ['nobody missed', 'rest'],
  },
  {
    name: 'sweep-ends-at-failed-read',
    bug: 'the sweep for open obligations ends for good when one of its reads fails',
    file: 'core/engine/sweep.ts',
    find: '      this.again();\n      return;',
    replace: '      return;',
    killedBy: ['nobody missed', 'rest'],
  },
  {
    name: 'obligation-lost-with-load',
    bug: 'an obligation found by a claim is forgotten when its conversation cannot be read at the first try',
    file: 'core/engine/home/home.ts',
    find: 'this.conversations.onLoadFailed = ({ a, b }) => this.obligations.owed.loadFailed(a, b);',
    replace: '',
    killedBy: ['nobody missed', 'rest'],
  },
  {
    name: 'receipt-goes-back',
    bug: 'an older acknowledgement lowers the delivered watermark',
    file: 'core/engine/home/watermarks.ts',
    find: 'if (seq > member.delivered) {',
    replace: 'if (seq !== member.delivered) {',
    killedBy: ['receipts true', 'rest'],
  },
  {
    name: 'ack-confirmed-at-once',
    bug: 'an acknowledgement is confirmed before the watermark is durable',
    file: 'core/engine/home/watermarks.ts',
    find: 'this.confirm(arrival, conversation, member, false, seq, member.durableDelivered);',
    replace: 'this.confirm(arrival, conversation, member, false, seq, seq);',
    killedBy: ['receipts true', 'rest'],
  },
  {
    name: 'page-off-by-one',
    bug: 'a page after seq n begins at n + 2',
    file: 'core/engine/home/pages.ts',
    find: 'this.read(conversation, request, afterSeq + 1,',
    replace: 'this.read(conversation, request, afterSeq + 2,',
    killedBy: ['no hole', 'nobody missed', 'rest'],
  },
  {
    name: 'bookmark-to-slow-device',
    bug: 'a bookmark passes to a device that is too slow for the events it covers',
    file: 'core/engine/edge/edge-links.ts',
    find: 'if (registration !== session.registration || session.pressedSinceMs !== 0) return false;\n    const type = bytes[start];',
    replace:
      'const type = bytes[start];\n' +
      '    if (registration !== session.registration || (session.pressedSinceMs !== 0 && type !== FrameType.bookmark)) return false;',
    killedBy: ['bookmark', 'nobody missed'],
  },
  {
    name: 'link-loss-unnoticed',
    bug: 'sessions do not register again when the link to the owner was lost',
    file: 'core/engine/edge/edge.ts',
    find: 'else if (session.registration !== 0 && session.owner === node) {',
    replace: 'else if (session.registration < 0) {',
    killedBy: ['undelivered true', 'nobody missed', 'rest', 'bookmark'],
  },
  {
    name: 'resume-without-raised',
    bug: 'the answer to hello leaves out entries that are raised, but not yet durable',
    file: 'core/engine/user/users.ts',
    find: 'this.tellEntryTo(session, entry);\n      } else if',
    replace: '} else if',
    killedBy: ['bookmark', 'nobody missed'],
  },
  {
    name: 'own-event-by-number',
    bug: 'an own event resolves the send of its number, whatever its sendId',
    file: 'core/engine/client/outbox.ts',
    find: 'return send.idHigh === idHigh && send.idLow === idLow ? send : null;',
    replace: 'return send;',
    killedBy: ['no phantom', 'one outcome', 'accepted means durable'],
  },
  {
    name: 'conflict-moves-all',
    bug: 'after a counterConflict every open send of the sender moves to a new identity',
    file: 'core/engine/client/outbox.ts',
    find: 'const send = this.find(counterConflict);\n    if (send !== null) this.move(send);',
    replace: 'const send = this.find(counterConflict);\n    if (send !== null) this.moveAbove(senderOf(send), 0);',
    killedBy: ['exactly once'],
  },
  {
    name: 'expired-before-durable',
    bug: 'a number below the window is called expired while its original is still in a batch',
    file: 'core/engine/home/sends.ts',
    find: '} else if (send.clientSeq > sender.durableLast || sender.outcomes.keeps(send.clientSeq)) {',
    replace: '} else if (sender.outcomes.keeps(send.clientSeq)) {',
    killedBy: ['exactly once', 'one outcome'],
  },
  {
    name: 'expired-moves-at-once',
    bug: 'an expired send goes out under a new identity without a look in the log',
    file: 'core/engine/client/outbox.ts',
    find: "send.state = 'searching';\n    this.hooks.search(senderOf(send).conversation, send);",
    replace: 'this.move(send);',
    killedBy: ['exactly once'],
  },
  {
    name: 'sent-before-stored',
    bug: 'a send leaves before its record is in the client store',
    file: 'core/engine/client/outbox.ts',
    find: 'if (send.storedBy > this.store.storedId) {',
    replace: 'if (send.storedBy < 0) {',
    killedBy: ['no needless conflict', 'exactly once', 'no phantom'],
  },
  {
    name: 'sending-reads',
    bug: 'whoever writes is said to have read what stood before',
    file: 'core/engine/home/sends.ts',
    find: 'this.inbox.rideWith(conversation, gather);',
    replace:
      'this.inbox.rideWith(conversation, gather);\n' +
      '    if (arrival.user === conversation.a) conversation.lowerEntry?.raiseRead(seq, conversation.othersNo(arrival.user));',
    killedBy: ['unread true'],
  },
  {
    name: 'own-counts-as-unread',
    bug: 'own messages count as unread',
    file: 'core/engine/user/users.ts',
    find: 'this.inbox.raise(id, a, b, event.seq, othersNo(event, id), event.timestamp, arrival.from);',
    replace: 'this.inbox.raise(id, a, b, event.seq, event.messageNo, event.timestamp, arrival.from);',
    killedBy: ['unread true'],
  },
  {
    name: 'gap-shown',
    bug: 'a live event is shown although one before it is missing',
    file: 'core/engine/client/log.ts',
    find: 'if (frame.seq === conversation.cursor + 1) this.show(conversation, frame);',
    replace: 'if (frame.seq > conversation.cursor) this.show(conversation, frame);',
    killedBy: ['no hole'],
  },
];
