/** The checkers of a day bite: each is told of one thing that must not happen, and of its like that may. */
import { beforeEach, describe, expect, test } from 'vitest';
import { type EventStruct, newEventStruct } from '../../../core/protocol/generated/structs.ts';
import { DeviceChecks } from '../../../sim/day/checkers/device-checks.ts';
import { LogOrder } from '../../../sim/day/checkers/log-order.ts';
import { DayLog } from '../../../sim/day/day-log.ts';
import { dayStartMs } from '../../../sim/day/day-time.ts';
import { EventWheel } from '../../../sim/day/event-wheel.ts';
import { conversationsPerUser, seqAtStart } from '../../../sim/day/limits.ts';
import { Lines } from '../../../sim/day/lines.ts';
import { Population } from '../../../sim/day/population.ts';
import { Sends, senderHighOf, senderLowOf } from '../../../sim/day/sends.ts';
import { SlotCounts } from '../../../sim/day/slot-counts.ts';
import { Violations } from '../../../sim/day/violations.ts';

const seed = 1;
const rank = 3;
const population = new Population(seed, 2);
const user = 4;
const peer = population.peerOf(user, rank);
const device = population.firstDevice[user];
const line = device * conversationsPerUser + rank;
const conversation = population.conversationOf(user, rank);
const first = seqAtStart + 1;

let violations: Violations;
let log: DayLog;
let lines: Lines;
let order: LogOrder;
let checks: DeviceChecks;

beforeEach(() => {
  const sends = new Sends(seed);
  violations = new Violations();
  log = new DayLog(population, sends, dayStartMs);
  lines = new Lines(population.devices);
  order = new LogOrder(population, log, sends, new EventWheel(), lines.written, new SlotCounts(population), violations, dayStartMs);
  checks = new DeviceChecks(population, log, order, violations);
  lines.written[line] = 2;
});

/** The n-th send of the device, as the row would hold it. */
function event(clientSeq: number, changes: Partial<EventStruct> = {}): EventStruct {
  const sends = new Sends(seed);
  sends.make(line, clientSeq);
  return {
    ...newEventStruct(),
    seq: seqAtStart + clientSeq,
    messageNo: seqAtStart + clientSeq,
    authorNo: seqAtStart / 2 + clientSeq,
    timestamp: dayStartMs + 1000 * clientSeq,
    kind: 1,
    author: population.ids[user],
    senderIdHigh: senderHighOf(device),
    senderIdLow: senderLowOf(rank),
    clientSeq,
    sendIdHigh: sends.sendIdHigh,
    sendIdLow: sends.sendIdLow,
    body: sends.body,
    ...changes,
  };
}

function append(what: EventStruct): void {
  order.append(conversation, what.seq, what);
}

describe('log order', () => {
  test('sends in order are well, and can be read back', () => {
    append(event(1));
    append(event(2));
    expect(violations.texts).toEqual([]);
    for (const clientSeq of [1, 2]) {
      const read = newEventStruct();
      log.read(conversation, seqAtStart + clientSeq, read);
      expect(read).toEqual(event(clientSeq));
    }
  });

  test.each<[string, EventStruct[], string]>([
    ['a hole', [event(1), event(2, { seq: first + 2, messageNo: first + 2 })], 'follows'],
    ['a send twice', [event(1), event(1, { seq: first + 1, messageNo: first + 1 })], 'written after'],
    ['a send before the one it follows', [event(2, { seq: first, messageNo: first })], 'written after'],
    ['a send nobody made', [event(1), event(2), event(3)], 'never made'],
    ['a time that goes back', [event(1), event(2, { timestamp: dayStartMs })], 'older'],
    ['another text', [event(1, { body: new Uint8Array(100) })], 'not what device'],
    ['another send', [event(1, { sendIdLow: 7 })], 'not what device'],
    ['another author', [event(1, { author: population.ids[peer] })], 'is said to be by'],
    ['a wrong count', [event(1, { authorNo: 3 })], 'other numbers'],
  ])('notices %s', (_what, events, words) => {
    for (const each of events) append(each);
    expect(violations.texts.join('\n')).toContain(words);
  });
});

describe('what devices see', () => {
  test('accepted before it is durable, at another seq, out of order', () => {
    append(event(1));
    checks.accepted(device, rank, 1, first, 0);
    expect(violations.count).toBe(0);
    checks.accepted(device, rank, 2, first + 1, 1);
    expect(violations.texts.join('\n')).toContain('the log holds 1');
    checks.accepted(device, rank, 1, first + 1, 0);
    expect(violations.texts.join('\n')).toContain(`it is ${first}`);
    append(event(2));
    checks.accepted(device, rank, 2, first + 1, 0);
    expect(violations.texts.join('\n')).toContain('after send 0');
  });

  test('an event beyond the log, and another event than the log holds', () => {
    append(event(1));
    checks.shown(device, conversation, first, log.hashes[conversation]);
    expect(violations.count).toBe(0);
    checks.shown(device, conversation, first + 1, 0);
    expect(violations.texts.join('\n')).toContain('ends at');
    checks.shown(device, conversation, first, 1);
    expect(violations.texts.join('\n')).toContain('other events');
  });

  test('receipts of what nobody said', () => {
    append(event(1));
    const peerLine = population.firstDevice[peer] * conversationsPerUser + rank;
    checks.acked(population.firstDevice[peer], peerLine, first);
    checks.receipt(device, rank, peer, first, seqAtStart);
    expect(violations.count).toBe(0);
    checks.receipt(device, rank, peer, first + 1, seqAtStart);
    checks.receipt(device, rank, peer, first, first);
    expect(violations.count).toBe(2);
  });

  test('undelivered to somebody who was there', () => {
    log.appliedAt[conversation] = 100;
    checks.undelivered(device, conversation, peer, seqAtStart, 0);
    checks.undelivered(device, conversation, peer, seqAtStart, 200);
    expect(violations.count).toBe(0);
    checks.undelivered(device, conversation, peer, seqAtStart, 50);
    expect(violations.texts.join('\n')).toContain('there all the time');
  });

  test('a device that misses an event after the day', () => {
    checks.finish(lines.cursors, lines.hashes);
    expect(violations.count).toBe(0);
    append(event(1));
    checks.finish(lines.cursors, lines.hashes);
    const devices = [user, peer].map((member) => population.firstDevice[member + 1] - population.firstDevice[member]);
    expect(violations.count).toBe(devices[0] + devices[1]);
    expect(violations.texts[0]).toContain('nobody is missed');
  });
});
