// A live session: what passes to it, what is left out while it lags, and how it ends.
import { describe, expect, it } from 'vitest';
import { partitionOf } from '../../../../core/model/partition.ts';
import { ErrorCode } from '../../../../core/protocol/generated/codes.ts';
import { EdgeHarness, frame } from './edge-harness.ts';

const me = 200;
const event = frame('event', { conversationA: 100, conversationB: me, author: 100 });

function live(): EdgeHarness {
  const edge = new EdgeHarness();
  edge.live(1, me);
  return edge;
}

describe('frames of owners', () => {
  it('pass by the newest registration, answers by any', () => {
    const edge = live();
    edge.toSession(1, 1, event);
    edge.toSession(1, 0, frame('done', { requestId: 1 }));
    edge.toSession(1, 2, event);
    edge.toSession(9, 0, event);
    expect(edge.names(1)).toEqual(['event', 'done']);
    expect(edge.edge.counters).toMatchObject({ framesPassed: 2, framesLeftOut: 1 });
  });

  it('end a session only by its newest registration', () => {
    const edge = live();
    edge.link(frame('endSession', { session: 1, registration: 7, code: ErrorCode.superseded }));
    expect(edge.closes).toEqual([]);
    edge.link(frame('endSession', { session: 1, registration: 1, code: ErrorCode.superseded }));
    expect(edge.answer('error').code).toBe(ErrorCode.superseded);
    expect(edge.closes).toEqual([{ connection: 1, code: ErrorCode.superseded }]);
    // The owner knows.
    expect(edge.told).toEqual([]);
  });

  it('that cannot be read are a fault of the program', () => {
    const edge = live();
    expect(() => edge.link(frame('deliver'))).toThrow(/link frame/);
    expect(() => edge.step({ kind: 'link', from: 0, bytes: new Uint8Array([5, 1]) })).toThrow(/link run/);
  });
});

describe('a slow device', () => {
  it('gets answers but no live frames, then resumes from the last bookmark passed', () => {
    const edge = live();
    edge.toSession(1, 1, frame('bookmark', { epoch: 2, batch: 10 }));
    edge.step({ kind: 'pressed', connection: 1 });
    edge.forget();
    edge.toSession(1, 1, event);
    edge.toSession(1, 1, frame('bookmark', { epoch: 2, batch: 11 }));
    edge.toSession(1, 0, frame('done', { requestId: 1 }));
    expect(edge.names(1)).toEqual(['done']);
    edge.step({ kind: 'drained', connection: 1 });
    expect(edge.names(1)).toEqual(['done', 'lagging']);
    expect(edge.linkFrame('register')).toMatchObject({ registration: 2, epoch: 2, batch: 10 });
    edge.forget();
    // Late frames of the old registration would jump over what was left out.
    edge.toSession(1, 1, frame('bookmark', { epoch: 2, batch: 12 }));
    edge.toSession(1, 2, event);
    edge.toSession(1, 2, frame('live'));
    expect(edge.names(1)).toEqual(['event', 'live']);
  });

  it('that drains too late is closed', () => {
    const edge = live();
    edge.step({ kind: 'pressed', connection: 1 });
    for (let waited = 0; waited < edge.limits.laggingMaxMs; waited += 20_000) {
      expect(edge.closes).toEqual([]);
      edge.receive(1, frame('ping'));
      edge.pass(20_000);
    }
    edge.pass(300);
    expect(edge.closes).toEqual([{ connection: 1, code: ErrorCode.slow }]);
  });

  it('that drained in time stays', () => {
    const edge = live();
    edge.step({ kind: 'pressed', connection: 1 });
    edge.pass(10_000);
    edge.step({ kind: 'drained', connection: 1 });
    for (let waited = 0; waited < 2 * edge.limits.laggingMaxMs; waited += 20_000) {
      edge.receive(1, frame('ping'));
      edge.pass(20_000);
    }
    expect(edge.closes).toEqual([]);
  });
});

describe('a link that was re-made', () => {
  it('has the sessions of its node registered again, each with its own bookmark', () => {
    const edge = new EdgeHarness({}, (partition) => (partition === partitionOf(me) ? 1 : 2));
    edge.live(1, me);
    edge.live(2, me);
    edge.live(3, 300);
    edge.toSession(1, 1, frame('bookmark', { epoch: 2, batch: 10 }));
    edge.forget();
    edge.step({ kind: 'linkRemade', node: 1 });
    expect(edge.told.map((entry) => entry.frame)).toMatchObject([
      { session: 1, registration: 2, epoch: 2, batch: 10 },
      { session: 2, registration: 2, epoch: 0, batch: 0 },
    ]);
  });
});

describe('ends', () => {
  it('a silent connection is closed, one that pings is not', () => {
    const edge = live();
    edge.live(2, 300);
    for (let n = 0; n < 10; n++) {
      edge.pass(edge.limits.pingMs);
      edge.receive(2, frame('ping'));
    }
    expect(edge.closes).toEqual([{ connection: 1, code: ErrorCode.idle }]);
    expect(edge.edge.sessionCount).toBe(1);
  });

  it('is noticed within idleMs and a quarter of a second', () => {
    const edge = live();
    edge.pass(edge.limits.idleMs - 1);
    expect(edge.closes).toEqual([]);
    edge.pass(251);
    expect(edge.closes).toHaveLength(1);
  });

  it('a closed connection is unregistered', () => {
    const edge = live();
    edge.step({ kind: 'closed', connection: 1 });
    expect(edge.linkFrame('unregister')).toMatchObject({ session: 1, registration: 1, user: me });
    expect(edge.edge.sessionCount).toBe(0);
    expect(edge.edge.nextWakeMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('a node that stops sends all away, spread over the time given, and takes no more', () => {
    const edge = live();
    edge.live(2, 300);
    edge.step({ kind: 'drain', reconnectAfterMs: 1_000 });
    expect(edge.said.map((entry) => entry.frame)).toMatchObject([{ reconnectAfterMs: 500 }, { reconnectAfterMs: 1_000 }]);
    expect(edge.closes.map((entry) => entry.code)).toEqual([ErrorCode.goingAway, ErrorCode.goingAway]);
    edge.forget();
    edge.step({ kind: 'opened', connection: 3, transport: 'stream' });
    expect(edge.closes).toEqual([{ connection: 3, code: ErrorCode.goingAway }]);
  });

  it('many deadlines are met in any order', () => {
    const edge = new EdgeHarness();
    let closed = 0;
    for (let n = 1; n <= 500; n++) {
      edge.live(n, n + 1_000);
      edge.pass(137);
      closed += edge.closes.length;
      expect(edge.edge.sessionCount).toBe(n - closed);
    }
    edge.forget();
    edge.pass(edge.limits.idleMs + 300);
    expect(edge.edge.sessionCount).toBe(0);
    expect(closed + edge.closes.length).toBe(500);
  });
});

describe('owners that move', () => {
  it('sessions register with the new owner, from the last bookmark passed; others stay', () => {
    let owner = 3;
    const edge = new EdgeHarness({}, (partition) => (partition === partitionOf(me) ? owner : 0));
    edge.live(1, me);
    edge.live(2, me + 1);
    edge.toSession(1, 1, frame('bookmark', { epoch: 2, batch: 10 }));
    edge.forget();
    edge.step({ kind: 'ownersChanged' });
    expect(edge.told).toEqual([]);
    owner = 4;
    edge.step({ kind: 'ownersChanged' });
    expect(edge.told).toMatchObject([{ node: 4, frame: { session: 1, registration: 2, epoch: 2, batch: 10 } }]);
    edge.forget();
    edge.step({ kind: 'closed', connection: 1 });
    expect(edge.told).toMatchObject([{ node: 4, frame: { session: 1, registration: 2 } }]);
  });

  it('a registration that an owner would not have is made again a little later', () => {
    const edge = live();
    edge.link(frame('moved', { partition: partitionOf(me), owner: 5, version: 9, session: 1, registration: 1 }));
    expect(edge.versions).toEqual([9]);
    expect(edge.owners).toEqual([5]);
    expect(edge.told).toEqual([]);
    edge.pass(2 * edge.limits.retryAfterMs);
    expect(edge.linkFrame('register')).toMatchObject({ session: 1, registration: 2 });
    edge.forget();
    edge.link(frame('moved', { partition: partitionOf(me), owner: 5, version: 9, session: 1, registration: 1 }));
    edge.pass(2 * edge.limits.retryAfterMs);
    expect(edge.told).toEqual([]);
  });
});
