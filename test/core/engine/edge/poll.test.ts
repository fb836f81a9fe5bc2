// Numbered polls: nothing lost, nothing taken twice, bounded, and gone after a while.
import { describe, expect, it } from 'vitest';
import { Polls } from '../../../../core/engine/edge/poll.ts';
import type { PollInput, PollOut } from '../../../../core/engine/edge/poll-port.ts';
import { checkLimits, type Limits } from '../../../../core/protocol/limits.ts';

type Effect = readonly [string, ...(string | number)[]];

class PollHarness implements PollOut {
  readonly limits: Limits;
  readonly polls: Polls;
  effects: Effect[] = [];
  nowMs = 1_000;

  constructor(limits: Partial<Limits> = {}) {
    this.limits = checkLimits(limits);
    this.polls = new Polls(this.limits);
  }

  answer(request: number, id: string, bytes: Uint8Array): void {
    this.effects.push(['answer', request, id, bytes.length > 64 ? bytes.length : [...bytes].join(' ')]);
  }

  refuse(request: number, reason: string): void {
    this.effects.push(['refuse', request, reason]);
  }

  opened(connection: number, name: string): void {
    this.effects.push(['opened', connection, name]);
  }

  received(connection: number, bytes: Uint8Array): void {
    this.effects.push(['received', connection, [...bytes].join(' ')]);
  }

  closed(connection: number): void {
    this.effects.push(['closed', connection]);
  }

  pressed(connection: number): void {
    this.effects.push(['pressed', connection]);
  }

  drained(connection: number): void {
    this.effects.push(['drained', connection]);
  }

  step(input: PollInput): Effect[] {
    this.effects = [];
    this.polls.step(input, this.nowMs, this);
    return this.effects;
  }

  ask(request: number, id: string, number: number, bytes: number[] = [], name = 'ann'): Effect[] {
    return this.step({ kind: 'asked', request, id, number, name, bytes: new Uint8Array(bytes), newId: 'new', newConnection: 7 });
  }

  frame(...bytes: number[]): Effect[] {
    return this.step({ kind: 'frame', connection: 7, bytes: new Uint8Array(bytes), start: 0, end: bytes.length });
  }

  flush(): Effect[] {
    return this.step({ kind: 'flush' });
  }

  pass(ms: number): Effect[] {
    const all: Effect[] = [];
    const end = this.nowMs + ms;
    for (let wake = this.polls.nextWakeMs(); wake <= end; wake = this.polls.nextWakeMs()) {
      this.nowMs = Math.max(wake, this.nowMs);
      all.push(...this.step({ kind: 'tick' }));
    }
    this.nowMs = end;
    return all;
  }
}

/** A sequence whose first poll was answered with one frame. */
function begun(limits: Partial<Limits> = {}): PollHarness {
  const poll = new PollHarness(limits);
  poll.ask(1, '', 1, [1, 2]);
  poll.frame(40, 41);
  poll.flush();
  return poll;
}

describe('a sequence of polls', () => {
  it('is one connection: frames go up and down', () => {
    const poll = new PollHarness();
    expect(poll.ask(1, '', 1, [1, 2])).toEqual([
      ['opened', 7, 'ann'],
      ['received', 7, '1 2'],
    ]);
    expect(poll.flush()).toEqual([]);
    poll.frame(40, 41);
    poll.frame(42);
    expect(poll.flush()).toEqual([['answer', 1, 'new', '2 40 41 1 42']]);
    expect(poll.ask(2, 'new', 2, [3])).toEqual([['received', 7, '3']]);
    poll.frame(43);
    expect(poll.flush()).toEqual([['answer', 2, 'new', '1 43']]);
    expect(poll.polls.nameOf(7)).toBe('ann');
  });

  it('gives the same answer to the same number, and takes its frames once', () => {
    const poll = begun();
    poll.frame(50);
    expect(poll.ask(2, 'new', 1, [1, 2])).toEqual([['answer', 2, 'new', '2 40 41']]);
    expect(poll.ask(3, 'new', 1, [1, 2])).toEqual([['answer', 3, 'new', '2 40 41']]);
    poll.ask(4, 'new', 2);
    expect(poll.flush()).toEqual([['answer', 4, 'new', '1 50']]);
    expect(poll.ask(5, 'new', 1)).toEqual([['refuse', 5, 'wrongNumber']]);
  });

  it('goes on waiting when a waiting number is asked again', () => {
    const poll = begun();
    poll.ask(2, 'new', 2, [9]);
    expect(poll.ask(3, 'new', 2, [9])).toEqual([['refuse', 2, 'superseded']]);
    poll.frame(50);
    expect(poll.flush()).toEqual([['answer', 3, 'new', '1 50']]);
  });

  it('keeps what comes while nobody asks', () => {
    const poll = begun();
    poll.ask(2, 'new', 2);
    poll.step({ kind: 'aborted', request: 2 });
    poll.frame(50);
    expect(poll.flush()).toEqual([]);
    poll.ask(3, 'new', 2);
    expect(poll.flush()).toEqual([['answer', 3, 'new', '1 50']]);
  });

  it('answers a waiting poll at once when the next one brings frames', () => {
    const poll = begun();
    poll.ask(2, 'new', 2);
    expect(poll.ask(3, 'new', 3, [8])).toEqual([
      ['answer', 2, 'new', ''],
      ['received', 7, '8'],
    ]);
  });

  it('answers with nothing after pollWaitMs', () => {
    const poll = begun();
    poll.ask(2, 'new', 2);
    expect(poll.pass(poll.limits.pollWaitMs - 1)).toEqual([]);
    expect(poll.pass(300)).toEqual([['answer', 2, 'new', '']]);
    expect(poll.ask(3, 'new', 2)).toEqual([['answer', 3, 'new', '']]);
  });

  it('ends after pollSessionMs without a poll', () => {
    const poll = begun();
    expect(poll.pass(poll.limits.pollSessionMs - 1)).toEqual([]);
    expect(poll.pass(300)).toEqual([['closed', 7]]);
    expect(poll.ask(3, 'new', 2)).toEqual([['refuse', 3, 'unknownPoll']]);
    expect(poll.polls.size).toBe(0);
    expect(poll.polls.nextWakeMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('refuses an unknown id, another user and a late start', () => {
    const poll = begun();
    expect(poll.ask(2, 'other', 1)).toEqual([['refuse', 2, 'unknownPoll']]);
    expect(poll.ask(3, 'new', 2, [], 'bob')).toEqual([['refuse', 3, 'wrongUser']]);
    expect(poll.ask(4, '', 2)).toEqual([['refuse', 4, 'wrongNumber']]);
    expect(poll.ask(5, 'new', 7)).toEqual([['refuse', 5, 'wrongNumber']]);
  });

  it('brings the last words of a session that the edge ended', () => {
    const poll = begun();
    poll.ask(2, 'new', 2);
    poll.frame(60);
    poll.step({ kind: 'close', connection: 7 });
    expect(poll.flush()).toEqual([['answer', 2, 'new', '1 60']]);
    expect(poll.ask(3, 'new', 2)).toEqual([['answer', 3, 'new', '1 60']]);
    expect(poll.ask(4, 'new', 3, [5])).toEqual([['refuse', 4, 'unknownPoll']]);
    expect(poll.polls.size).toBe(0);
  });

  it('is answered even when the session ended without a word', () => {
    const poll = begun();
    poll.ask(2, 'new', 2);
    poll.step({ kind: 'close', connection: 7 });
    expect(poll.flush()).toEqual([['answer', 2, 'new', '']]);
  });
});

describe('bounds', () => {
  const small = { frameBytesMax: 16 * 1024, linkFrameBytesMax: 256 * 1024, pollAnswerBytesMax: 256 * 1024 };
  const large = new Array<number>(100 * 1024).fill(1);

  it('says pressed over one answer, gives whole frames, says drained when all was fetched', () => {
    const poll = begun(small);
    expect(poll.frame(...large)).toEqual([]);
    expect(poll.frame(...large)).toEqual([]);
    expect(poll.frame(...large)).toEqual([['pressed', 7]]);
    poll.ask(2, 'new', 2);
    expect(poll.flush()).toEqual([['answer', 2, 'new', 2 * (100 * 1024 + 3)]]);
    poll.ask(3, 'new', 3);
    expect(poll.flush()).toEqual([
      ['answer', 3, 'new', 100 * 1024 + 3],
      ['drained', 7],
    ]);
  });

  it('ends a sequence that fetches nothing', () => {
    const poll = begun(small);
    const effects: Effect[] = [];
    for (let n = 0; n < 11; n++) effects.push(...poll.frame(...large));
    expect(effects).toEqual([
      ['pressed', 7],
      ['closed', 7],
    ]);
    expect(poll.polls.size).toBe(0);
  });
});
