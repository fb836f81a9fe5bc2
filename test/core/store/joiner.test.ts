// Goal: joined writes keep what the port promises of each. Method: the joiner over a store in memory, whose calls the test answers one by one.
import { describe, expect, it } from 'vitest';
import { type CallOutcome, type JoinedCall, Joiner, type JoinHost, JoinUnit } from '../../../core/store/joiner.ts';
import type { WriteOutcome } from '../../../core/store/port.ts';

class Unit extends JoinUnit<string> {
  readonly region: string | null;

  constructor(region: string | null) {
    super();
    this.region = region;
  }
}

/** Notes what the joiner does. */
class Host implements JoinHost<string, Unit> {
  readonly joiner: Joiner<string, Unit>;
  readonly calls: JoinedCall<Unit>[] = [];
  readonly told: string[] = [];

  constructor(limits: { callsPerRegionMax?: number; writesPerCallMax?: number; bytesPerCallMax?: number } = {}) {
    this.joiner = new Joiner({ callsPerRegionMax: 1, writesPerCallMax: 3, bytesPerCallMax: 100, ...limits }, this);
  }

  prepare(unit: Unit): void {
    this.joiner.ready(unit);
  }

  regionOf(unit: Unit): string | null {
    return unit.region;
  }

  /** A job's name begins with its bytes, where they matter. */
  bytesOf(job: string): number {
    return Number.parseInt(job, 10) || 1;
  }

  planPump(): void {}

  send(call: JoinedCall<Unit>): void {
    this.calls.push(call);
  }

  answer(job: string, outcome: WriteOutcome): void {
    this.told.push(`${job} ${outcome.kind}`);
  }

  /** The jobs of the calls under way. */
  get jobs(): string[] {
    return this.calls.map(({ units }) => units.map(({ current }) => current).join('+'));
  }

  /** Answers the oldest call. */
  reply(kind: 'ok' | 'conditionFalse' | 'unknown' | 'apart' | 'failed' | 'unavailable'): void {
    const call = this.calls.shift();
    if (call === undefined) throw new Error('no call');
    const outcome: CallOutcome =
      kind === 'failed' || kind === 'unavailable' ? { kind: 'failed', reason: kind === 'failed' ? 'busy' : kind } : { kind };
    this.joiner.answered(call, outcome);
    this.joiner.pump();
  }
}

/** Three units of one region, each with a write; `x` is under way before them. */
function threeTogether(): { host: Host; units: Unit[] } {
  const host = new Host();
  const units = [new Unit('r'), new Unit('r'), new Unit('r')];
  for (const [index, unit] of units.entries()) host.joiner.write(unit, 'abc'[index]);
  host.joiner.pump();
  return { host, units };
}

describe('joiner', () => {
  it('joins what comes in one turn, and what waits while a call is under way, by region', () => {
    const host = new Host();
    const [here, there] = [new Unit('here'), new Unit('there')];
    host.joiner.write(here, 'a');
    host.joiner.write(there, 'b');
    host.joiner.pump();
    expect(host.jobs).toEqual(['a', 'b']);
    for (const job of ['c', 'd', 'e', 'f']) host.joiner.write(new Unit('here'), job);
    host.joiner.pump();
    expect(host.jobs).toEqual(['a', 'b']);
    host.reply('ok');
    expect(host.jobs).toEqual(['b', 'c+d+e']);
    expect(host.told).toEqual(['a ok']);
  });

  it('keeps the writes of a unit apart and in their order', () => {
    const host = new Host();
    const unit = new Unit('r');
    for (const job of ['a', 'b', 'c']) host.joiner.write(unit, job);
    host.joiner.pump();
    expect(host.jobs).toEqual(['a']);
    host.reply('ok');
    expect(host.jobs).toEqual(['b']);
    host.reply('failed');
    host.reply('ok');
    expect(host.told).toEqual(['a ok', 'b failed', 'c ok']);
  });

  it('bounds a call by bytes, but sends one that is longer', () => {
    const host = new Host();
    for (const job of ['60 a', '60 b', '200 c', '1 d']) host.joiner.write(new Unit('r'), job);
    host.joiner.pump();
    const seen: string[] = [];
    while (host.calls.length > 0) {
      seen.push(...host.jobs);
      host.reply('ok');
    }
    expect(seen).toEqual(['60 a', '60 b', '200 c', '1 d']);
  });

  it.each(['ok', 'unknown', 'failed'] as const)('tells "%s" of a call to each', (kind) => {
    const { host } = threeTogether();
    expect(host.jobs).toEqual(['a+b+c']);
    host.reply(kind);
    expect(host.told).toEqual([`a ${kind}`, `b ${kind}`, `c ${kind}`]);
  });

  it.each(['conditionFalse', 'apart'] as const)('after "%s" of a call each goes alone at once, and is told its own answer', (kind) => {
    const { host } = threeTogether();
    host.reply(kind);
    expect(host.told).toEqual([]);
    expect(host.jobs).toEqual(['a', 'b', 'c']);
    host.reply('ok');
    host.reply('conditionFalse');
    host.reply('ok');
    expect(host.told).toEqual(['a ok', 'b conditionFalse', 'c ok']);
  });

  it('a unit with an unknown outcome goes alone until a write of it is applied', () => {
    const { host, units } = threeTogether();
    host.reply('unknown');
    host.joiner.write(units[0], 'a2');
    host.joiner.write(units[1], 'b2');
    host.joiner.write(new Unit('r'), 'd');
    host.joiner.pump();
    expect(host.jobs).toEqual(['a2', 'b2', 'd']);
    host.reply('ok');
    host.reply('failed');
    host.reply('ok');
    host.joiner.write(units[0], 'a3');
    host.joiner.write(units[1], 'b3');
    host.joiner.write(new Unit('r'), 'e');
    host.joiner.pump();
    expect(host.jobs).toEqual(['b3', 'a3+e']);
  });

  it.each(['unknown', 'unavailable'] as const)(
    'who waits for a region that is in trouble (%s) waits for one call, not for several',
    (kind) => {
      const { host } = threeTogether();
      for (const job of ['d', 'e', 'f', 'g', 'h']) host.joiner.write(new Unit('r'), job);
      host.joiner.pump();
      expect(host.jobs).toEqual(['a+b+c']);
      host.reply(kind);
      expect(host.jobs).toEqual(['d+e+f', 'g+h']);
      host.joiner.write(new Unit('r'), 'i');
      host.joiner.pump();
      host.reply('ok');
      expect(host.jobs).toEqual(['g+h']);
      host.reply('ok');
      expect(host.jobs).toEqual(['i']);
    },
  );

  it('a unit whose region is not known goes alone, beside the calls of regions', () => {
    const host = new Host();
    host.joiner.write(new Unit('r'), 'a');
    host.joiner.write(new Unit(null), 'b');
    host.joiner.pump();
    expect(host.jobs).toEqual(['b', 'a']);
  });
});
