// Goal: hand-made histories for the checker tests. Method: a builder whose methods append one entry each, with a clock that goes on by a
// millisecond an entry; `good()` is a small run that keeps every promise, and the tests break one thing in it.
import type { EventFields, HistoryEntry } from '../../../sim/history/entry.ts';

export const conversation = '1-2';
export const sender = 'aaaaaaaaaaaaaaaa';

export class HistoryBuilder {
  readonly entries: HistoryEntry[] = [];
  #us = 0;

  add(entry: Record<string, unknown> & { op: string; type: string; process: string }): this {
    this.#us += 1000;
    this.entries.push({ us: this.#us, clock: 0, ...entry } as unknown as HistoryEntry);
    return this;
  }

  run(errorUs = 0): this {
    return this.add({ process: 'test', type: 'info', op: 'run', format: 1, errorUs });
  }
  device(process: string, user: number, kept = 'first'): this {
    return this.add({ process, type: 'info', op: 'device', user, store: `store of ${process}`, kept });
  }
  cursor(process: string, seq: number): this {
    return this.add({ process, type: 'info', op: 'cursor', conversation, seq });
  }
  session(process: string, user: number, up = true): this {
    return this.add({ process, type: 'info', op: 'session', user, up });
  }
  write(message: string, user = 1, process = 'a'): this {
    return this.add({ process, type: 'invoke', op: 'send', conversation, message, user, kind: 1, text: message, target: 0 });
  }
  attempt(message: string, clientSeq: number, senderId = sender, sendId = sendIdOf(message), user = 1): this {
    return this.add({ process: 'a', type: 'info', op: 'attempt', user, conversation, message, senderId, clientSeq, sendId });
  }
  accepted(message: string, seq: number): this {
    return this.add({ process: 'n0', type: 'ok', op: 'answer', conversation, sendId: sendIdOf(message), seq });
  }
  /** An edit (kind 2) or deletion (3) of `target`. */
  change(message: string, kind: 2 | 3, target: number, clientSeq: number): this {
    const text = kind === 2 ? message : '';
    this.add({ process: 'a', type: 'invoke', op: 'send', conversation, message, user: 1, kind, text, target });
    return this.attempt(message, clientSeq);
  }
  rejected(message: string, code = 'blocked'): this {
    return this.add({ process: 'n0', type: 'fail', op: 'answer', conversation, sendId: sendIdOf(message), code });
  }
  outcome(message: string, seq: number): this {
    return this.add({ process: 'a', type: 'ok', op: 'send', conversation, message, sendId: sendIdOf(message), seq });
  }
  failed(message: string, code = 'blocked'): this {
    return this.add({ process: 'a', type: 'fail', op: 'send', conversation, message, code });
  }
  event(process: string, user: number, message: string, seq: number, clientSeq = seq, more: Partial<EventFields> = {}): this {
    return this.add({ process, type: 'ok', op: 'event', user, ...fields(message, seq, clientSeq), ...more });
  }
  log(message: string, seq: number, clientSeq = seq, more: Partial<EventFields> = {}): this {
    return this.add({ process: 'reader', type: 'ok', op: 'log', ...fields(message, seq, clientSeq), ...more });
  }
  ack(process: string, user: number, seq: number, type: 'invoke' | 'ok' = 'invoke'): this {
    return this.add({ process, type, op: 'ack', user, conversation, seq });
  }
  receipt(process: string, member: number, delivered: number, read = 0): this {
    return this.add({ process, type: 'ok', op: 'receipt', conversation, member, delivered, read });
  }
  watermark(member: number, delivered: number, read = 0): this {
    return this.add({ process: 'reader', type: 'ok', op: 'watermark', conversation, member, delivered, read });
  }
  undelivered(process: string, user: number, seq: number): this {
    return this.add({ process, type: 'ok', op: 'undelivered', user, conversation, seq });
  }
  badge(process: string, user: number, lastSeq: number, read: number, unread: number): this {
    return this.add({ process, type: 'info', op: 'badge', user, conversation, lastSeq, read, unread });
  }
  inbox(user: number, lastSeq: number, batch: number, read = 0): this {
    return this.add({
      process: 'store',
      type: 'info',
      op: 'inbox',
      user,
      conversation,
      lastSeq,
      read,
      unread: lastSeq - read,
      epoch: 2,
      batch,
    });
  }
  bookmark(process: string, user: number, batch: number): this {
    return this.add({ process, type: 'ok', op: 'bookmark', user, epoch: 2, batch, storeId: '0000000000000001' });
  }
  known(process: string, user: number, lastSeq: number): this {
    return this.add({ process, type: 'ok', op: 'entry', user, conversation, lastSeq });
  }
  claim(process: string, epoch: number, assignment = 1): this {
    return this.add({ process, type: 'info', op: 'claim', slot: '1/2', epoch, assignment });
  }

  served(process: string): this {
    return this.add({ process, type: 'info', op: 'served', slot: '1/2', what: 'page' });
  }

  readback(): this {
    return this.add({ process: 'reader', type: 'info', op: 'readback' });
  }
  rest(): this {
    return this.add({ process: 'reader', type: 'info', op: 'rest' });
  }
}

export function sendIdOf(message: string): string {
  return message.padStart(16, '0');
}

function fields(message: string, seq: number, clientSeq: number): EventFields {
  return {
    conversation,
    seq,
    messageNo: seq,
    timestamp: 1_000 + seq,
    author: 1,
    senderId: sender,
    clientSeq,
    sendId: sendIdOf(message),
    kind: 1,
    text: message,
    changed: false,
  };
}

/** Tab a of user 1 writes m1 and m2 to user 2, who has tab b: everything as promised. */
export function good(): HistoryBuilder {
  return opening()
    .event('b', 2, 'm1', 1)
    .event('b', 2, 'm2', 2)
    .ack('b', 2, 2)
    .receipt('a', 2, 2)
    .ack('b', 2, 2, 'ok')
    .log('m1', 1)
    .log('m2', 2)
    .watermark(2, 2)
    .readback()
    .rest();
}

/** The first half: both messages are written, accepted, and shown by their author. */
export function opening(): HistoryBuilder {
  return new HistoryBuilder()
    .run()
    .device('a', 1)
    .device('b', 2)
    .add({ process: 'a', type: 'info', op: 'show', conversation })
    .session('a', 1)
    .session('b', 2)
    .write('m1')
    .attempt('m1', 1)
    .accepted('m1', 1)
    .outcome('m1', 1)
    .write('m2')
    .attempt('m2', 2)
    .accepted('m2', 2)
    .outcome('m2', 2)
    .event('a', 1, 'm1', 1)
    .event('a', 1, 'm2', 2);
}
