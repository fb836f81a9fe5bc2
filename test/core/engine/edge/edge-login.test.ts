// A connection becomes a session: hello, token, user, welcome, registration; and every way in which it does not.
import { describe, expect, it } from 'vitest';
import { encodeFrames } from '../../../../core/protocol/codec.ts';
import { ErrorCode } from '../../../../core/protocol/generated/codes.ts';
import { EdgeHarness, frame, storeIdHigh, storeIdLow } from './edge-harness.ts';

const hello = { protocol: 1, token: 'the token', deviceId: 5, tabId: 6, attempt: 7, storeIdHigh, storeIdLow, epoch: 3, batch: 4 };

function opened(): EdgeHarness {
  const edge = new EdgeHarness();
  edge.step({ kind: 'opened', connection: 1, transport: 'stream' });
  return edge;
}

function verified(edge: EdgeHarness, name = 'ann'): void {
  edge.step({ kind: 'verified', connection: 1, name, issuedAtMs: 900_000, expiresAtMs: edge.nowMs + 60_000, newUser: 77 });
}

describe('login', () => {
  it('asks the host, then the names owner, welcomes and registers with the cursor of the client', () => {
    const edge = opened();
    edge.receive(1, frame('hello', hello));
    expect(edge.tokens).toEqual([{ connection: 1, token: 'the token' }]);
    verified(edge);
    expect(edge.linkFrame('login')).toMatchObject({ session: 1, name: 'ann', newUser: 77 });
    edge.link(frame('loggedIn', { session: 1, user: 42, code: 0 }));
    expect(edge.answer('welcome')).toMatchObject({ user: 42, name: 'ann', storeIdHigh, storeIdLow, tokenExpiresAt: edge.nowMs + 60_000 });
    expect(edge.linkFrame('register')).toMatchObject({
      session: 1,
      registration: 1,
      user: 42,
      deviceId: 5,
      tabId: 6,
      attempt: 7,
      epoch: 3,
      batch: 4,
      issuedAt: 900_000,
    });
    expect(edge.edge.counters.loggedIn).toBe(1);
  });

  it('takes no cursor of another store', () => {
    const edge = opened();
    edge.receive(1, frame('hello', { ...hello, storeIdLow: 1 }));
    verified(edge);
    edge.link(frame('loggedIn', { session: 1, user: 42, code: 0 }));
    expect(edge.linkFrame('register')).toMatchObject({ epoch: 0, batch: 0 });
  });

  it('closes without a hello in time', () => {
    const edge = opened();
    edge.pass(edge.limits.helloMs - 1);
    expect(edge.closes).toEqual([]);
    edge.pass(300);
    expect(edge.answer('error').code).toBe(ErrorCode.helloTimeout);
    expect(edge.closes).toEqual([{ connection: 1, code: ErrorCode.helloTimeout }]);
    expect(edge.edge.sessionCount).toBe(0);
  });

  it.each([
    ['another frame before hello', (edge: EdgeHarness) => edge.receive(1, frame('list', { limit: 5 })), ErrorCode.outOfOrder],
    ['hello twice', (edge: EdgeHarness) => edge.receive(1, frame('hello', hello), frame('hello', hello)), ErrorCode.outOfOrder],
    ['another version', (edge: EdgeHarness) => edge.receive(1, frame('hello', { ...hello, protocol: 2 })), ErrorCode.protocolVersion],
    [
      'rubbish',
      (edge: EdgeHarness) => edge.step({ kind: 'received', connection: 1, bytes: new Uint8Array([3, 200, 1, 1]) }),
      ErrorCode.malformed,
    ],
    [
      'a cut frame',
      (edge: EdgeHarness) => edge.step({ kind: 'received', connection: 1, bytes: new Uint8Array([9, 1]) }),
      ErrorCode.malformed,
    ],
    ['a server frame', (edge: EdgeHarness) => edge.receive(1, frame('live')), ErrorCode.malformed],
    [
      'a long frame',
      (edge: EdgeHarness) => edge.step({ kind: 'received', connection: 1, bytes: new Uint8Array([0xff, 0xff, 0x03]) }),
      ErrorCode.frameTooLarge,
    ],
  ])('closes with a code: %s', (_name, act, code) => {
    const edge = opened();
    act(edge);
    expect(edge.answer('error').code).toBe(code);
    expect(edge.closes).toEqual([{ connection: 1, code }]);
    edge.forget();
    // Whatever comes after the end is nothing.
    edge.receive(1, frame('ping'));
    edge.step({ kind: 'closed', connection: 1 });
    verified(edge);
    expect(edge.said).toEqual([]);
  });

  it('gives a ping its pong before the hello, too', () => {
    const edge = opened();
    edge.receive(1, frame('ping'));
    expect(edge.names(1)).toEqual(['pong']);
  });

  it('asks again when the names owner is busy, after growing pauses, then gives up', () => {
    const edge = opened();
    edge.receive(1, frame('hello', hello));
    verified(edge);
    for (let tries = 1; tries <= 5; tries++) {
      expect(edge.toldNames()).toEqual(['login']);
      edge.forget();
      edge.link(frame('loggedIn', { session: 1, user: 0, code: ErrorCode.busy }));
      edge.pass(250 * 2 ** (tries - 1) - 10);
      expect(edge.said).toEqual([]);
      edge.pass(300);
    }
    expect(edge.answer('error')).toMatchObject({ code: ErrorCode.unavailable });
    expect(edge.answer('error').retryAfterMs).toBeGreaterThan(0);
  });

  it('asks again when the answer does not come', () => {
    const edge = opened();
    edge.receive(1, frame('hello', hello));
    verified(edge);
    edge.pass(edge.limits.registerMs + 250);
    expect(edge.toldNames()).toEqual(['login', 'login']);
    edge.link(frame('loggedIn', { session: 1, user: 42, code: 0 }), frame('loggedIn', { session: 1, user: 42, code: 0 }));
    expect(edge.names(1)).toEqual(['welcome']);
    expect(edge.toldNames()).toEqual(['login', 'login', 'register']);
  });

  it('closes when no user has the name, or the token does not verify', () => {
    const edge = opened();
    edge.receive(1, frame('hello', hello));
    edge.step({ kind: 'notVerified', connection: 1, code: ErrorCode.tokenExpired });
    expect(edge.closes).toEqual([{ connection: 1, code: ErrorCode.tokenExpired }]);
    const other = opened();
    other.receive(1, frame('hello', hello));
    verified(other);
    other.link(frame('loggedIn', { session: 1, user: 0, code: ErrorCode.noSuchUser }));
    expect(other.closes).toEqual([{ connection: 1, code: ErrorCode.tokenInvalid }]);
  });

  it('logs a request in without a hello and does not register it', () => {
    const edge = new EdgeHarness();
    edge.step({ kind: 'opened', connection: 1, transport: 'request' });
    verified(edge);
    edge.link(frame('loggedIn', { session: 1, user: 42, code: 0 }));
    expect(edge.names(1)).toEqual(['welcome']);
    expect(edge.toldNames()).toEqual(['login']);
    edge.step({ kind: 'closed', connection: 1 });
    expect(edge.toldNames()).toEqual(['login']);
  });
});

describe('token', () => {
  it('is renewed in place', () => {
    const edge = new EdgeHarness();
    edge.live(1, 42, 'ann', 'stream', edge.nowMs + 10_000);
    edge.receive(1, frame('auth', { token: 'new' }));
    expect(edge.tokens).toEqual([{ connection: 1, token: 'new' }]);
    edge.step({ kind: 'verified', connection: 1, name: 'ann', issuedAtMs: 1, expiresAtMs: edge.nowMs + 100_000, newUser: 0 });
    expect(edge.answer('authorized').tokenExpiresAt).toBe(edge.nowMs + 100_000);
    edge.pass(10_000 + edge.limits.tokenGraceMs + 1_000);
    expect(edge.closes).toEqual([]);
  });

  it('of another user closes', () => {
    const edge = new EdgeHarness();
    edge.live(1, 42, 'ann');
    edge.receive(1, frame('auth', { token: 'new' }));
    edge.step({ kind: 'verified', connection: 1, name: 'bob', issuedAtMs: 1, expiresAtMs: edge.nowMs + 100_000, newUser: 0 });
    expect(edge.closes).toEqual([{ connection: 1, code: ErrorCode.wrongUser }]);
  });

  it('closes some time after it expired, and the owner is told', () => {
    const edge = new EdgeHarness({ idleMs: 60_000 });
    edge.live(1, 42, 'ann', 'stream', edge.nowMs + 10_000);
    edge.pass(10_000 + edge.limits.tokenGraceMs - 1);
    expect(edge.closes).toEqual([]);
    edge.pass(300);
    expect(edge.closes).toEqual([{ connection: 1, code: ErrorCode.tokenExpired }]);
    expect(edge.linkFrame('unregister')).toMatchObject({ session: 1, registration: 1, user: 42 });
  });

  it('is verified one at a time', () => {
    const edge = new EdgeHarness();
    edge.live(1, 42);
    edge.step({ kind: 'received', connection: 1, bytes: encodeFrames([frame('auth', { token: 'a' }), frame('auth', { token: 'b' })]) });
    expect(edge.closes).toEqual([{ connection: 1, code: ErrorCode.outOfOrder }]);
  });
});
