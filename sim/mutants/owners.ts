/** Mutants of the owner and the edge: registrations, bookmarks, verdicts, slots. Most have their trace in models/delivery. */
import type { Mutant } from './mutant.ts';

export const ownerMutants: readonly Mutant[] = [
  {
    name: 'time-of-the-clock',
    bug: 'a timestamp is what the clock says, also below the one before',
    file: 'core/engine/home/sends.ts',
    find: 'conversation.lastTimestamp = Math.max(this.context.now, conversation.lastTimestamp);',
    replace: 'conversation.lastTimestamp = this.context.now;',
    killedBy: ['time and numbers'],
  },
  {
    name: 'verdict-while-cold',
    bug: 'an owner that has just begun says who is off line',
    file: 'core/engine/user/sessions.ts',
    find: 'const warmAt = Math.max(claimedAt + this.context.limits.registerMs, this.coldUntil);',
    replace: 'const warmAt = 0;',
    killedBy: ['undelivered true'],
  },
  {
    name: 'bookmark-told-early',
    bug: 'a bookmark names the batch that is still in flight',
    file: 'core/engine/user/users.ts',
    find: 'this.sessions.bookmark(session, user.slot.epoch, user.slot.batch);',
    replace: 'this.sessions.bookmark(session, user.slot.epoch, user.slot.batch + 1);',
    killedBy: ['bookmark', 'nobody missed', 'rest'],
  },
  {
    name: 'confirmed-when-raised',
    bug: 'the inbox confirms an event when its entry is raised, not when it is durable',
    file: 'core/engine/user/inbox.ts',
    find: 'if (seq <= entry.durableSeq && !entry.dirty) {',
    replace: 'if (seq <= entry.lastSeq) {',
    killedBy: ['nobody missed', 'rest', 'receipts true'],
  },
  {
    name: 'not-told-again',
    bug: 'an event that no inbox confirmed is never told again',
    file: 'core/engine/home/obligations.ts',
    find: 'if (!conversation.dropped && conversation.openLow !== 0) this.tellAgain(conversation);',
    replace: '',
    killedBy: ['nobody missed', 'rest', 'receipts true'],
  },
  {
    name: 'number-given-by-retry',
    bug: 'the outcomes of a sender are not kept with its conversation',
    file: 'core/engine/home/sends.ts',
    find: 'sender.outcomes.push(send.sendIdHigh, send.sendIdLow, bodyHash(send), code, 0);\n    gather.add(sender, 1);',
    replace: 'sender.outcomes.push(send.sendIdHigh, send.sendIdLow, bodyHash(send), code, 0);',
    killedBy: ['one outcome', 'rest', 'exactly once', 'sender order', 'throw'],
  },
  {
    name: 'resume-ends-below-head',
    bug: 'the answer to a hello leaves out entries of the batch of the bookmark',
    file: 'core/engine/user/users.ts',
    find: '} else if (isAfter(entry.epoch, entry.batch, epoch, batch)) {',
    replace: '} else if (isAfter(entry.epoch, entry.batch, epoch, batch + 1)) {',
    killedBy: ['bookmark', 'nobody missed', 'rest'],
  },
];
