/**
 * Entries of a history as sentences: when, who, what; for people who read a witness or a trace.
 *
 * Method: one sentence an operation; then ids that have a name (users, sends) are replaced by it, wherever they stand.
 */
import type { EventFields, HistoryEntry, SendEntry } from './entry.ts';

/** From an id, as text, to the name that people know it by. */
export type Names = ReadonlyMap<string, string>;

const noNames: Names = new Map();

/** One entry on one line: time, process, what. */
export function entryText(entry: HistoryEntry, names: Names = noNames): string {
  return `${(entry.us / 1000).toFixed(3)} ms  ${entry.process} ${withNames(sentence(entry), names)}`;
}

/** Ids of users, sends and senders that have a name. */
export function withNames(text: string, names: Names): string {
  if (names.size === 0) return text;
  return text.replace(/\b(?:[0-9a-f]{16}|\d{10,16})\b/g, (id) => names.get(id) ?? id);
}

function sentence(entry: HistoryEntry): string {
  switch (entry.op) {
    case 'run':
      return `begins a history of format ${entry.format}`;
    case 'device':
      return `begins for user ${entry.user} on store ${entry.store} (kept: ${entry.kept})`;
    case 'cursor':
      return `says that it has shown ${entry.conversation} up to seq ${entry.seq}`;
    case 'welcome':
      return `is welcomed by store ${entry.storeId}`;
    case 'ended':
      return `is told that its session ends: ${entry.code}`;
    case 'gone':
      return 'is gone';
    case 'send':
      return sendSentence(entry);
    case 'attempt':
      return `sends ${entry.message} into ${entry.conversation} as number ${entry.clientSeq} of sender ${entry.senderId} (send ${entry.sendId})`;
    case 'answer':
      if (entry.type === 'ok') return `answers: send ${entry.sendId} into ${entry.conversation} is accepted at seq ${entry.seq}`;
      return `answers: send ${entry.sendId} into ${entry.conversation}: ${entry.code}${entry.type === 'fail' ? ', for ever' : ''}`;
    case 'event':
      return `shows ${eventText(entry)}`;
    case 'log':
      return `finds in the store ${eventText(entry)}`;
    case 'reset':
      return `gives up its cursor of ${entry.conversation === '*' ? 'everything' : entry.conversation} and begins at seq ${entry.fromSeq}`;
    case 'ack':
    case 'read': {
      const what = `${entry.conversation} ${entry.op === 'ack' ? 'is here' : 'was read'} up to seq ${entry.seq}`;
      return entry.type === 'invoke' ? `says for user ${entry.user}: ${what}` : `is confirmed that for user ${entry.user} ${what}`;
    }
    case 'receipt':
      return `learns that user ${entry.member} has ${entry.conversation} delivered up to ${entry.delivered}, read up to ${entry.read}`;
    case 'watermark':
      return `finds in the store that user ${entry.member} has ${entry.conversation} delivered up to ${entry.delivered}, read up to ${entry.read}`;
    case 'undelivered':
      return `shows seq ${entry.seq} of ${entry.conversation} as undelivered: the recipient is off line`;
    case 'session':
      return `is ${entry.up ? 'on line' : 'off line'} for user ${entry.user}`;
    case 'bookmark':
      return `stores bookmark ${entry.epoch}.${entry.batch} of the inbox of user ${entry.user}`;
    case 'entry':
      return `knows for user ${entry.user} that ${entry.conversation} goes up to seq ${entry.lastSeq}`;
    case 'inbox':
      return `makes durable at ${entry.epoch}.${entry.batch} that for user ${entry.user} ${entry.conversation} goes up to seq ${entry.lastSeq}`;
    case 'badge':
      return `shows ${entry.unread} unread messages of ${entry.conversation}, which goes up to seq ${entry.lastSeq}, read up to ${entry.read}`;
    case 'restore':
      return `is put back to an older state: ${entry.conversation} ends at seq ${entry.head}`;
    case 'readback':
      return 'has read everything back';
    case 'show':
      return `has ${entry.conversation} on screen from now on`;
    case 'claim':
      return `claims slot ${entry.slot} at epoch ${entry.epoch}`;
    case 'served':
      return `gives a ${entry.what} of slot ${entry.slot}`;
    case 'fault':
      return `does: ${entry.what}`;
    case 'rest':
      return 'says that everything is at rest';
    default: {
      const never: never = entry;
      return JSON.stringify(never);
    }
  }
}

function sendSentence(entry: SendEntry): string {
  const into = `in ${entry.conversation}`;
  switch (entry.type) {
    case 'invoke': {
      const what = entry.kind === 1 ? 'writes' : entry.kind === 2 ? `edits seq ${entry.target} by` : `deletes seq ${entry.target} by`;
      return `: user ${entry.user} ${what} ${entry.message} ${quoted(entry.text)} ${into}`;
    }
    case 'ok':
      return `is told that ${entry.message} ${into} is accepted at seq ${entry.seq}`;
    case 'fail':
      return `is told that ${entry.message} ${into} failed: ${entry.code}`;
    case 'info':
      return entry.code === 'lost'
        ? `loses the outbox that held ${entry.message} ${into}`
        : `has ${entry.message} ${into} again: ${entry.code}`;
    default: {
      const never: never = entry;
      return JSON.stringify(never);
    }
  }
}

function eventText(event: EventFields): string {
  const text = event.text === '' ? (event.changed ? '(changed since)' : '(no text)') : quoted(event.text);
  const kind = event.kind === 1 ? `message ${event.messageNo}` : event.kind === 2 ? 'edit' : 'deletion';
  return (
    `at seq ${event.seq} of ${event.conversation}: ${kind} ${text} of user ${event.author}, send ${event.sendId}, ` +
    `number ${event.clientSeq} of sender ${event.senderId}, time ${event.timestamp}`
  );
}

function quoted(text: string): string {
  return text.length > 40 ? `"${text.slice(0, 37)}…"` : `"${text}"`;
}
