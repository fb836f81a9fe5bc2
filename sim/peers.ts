/**
 * The links between nodes: each pair has one, first in first out in each direction while it lives. It breaks with a node's process or by a
 * fault, in one direction or both; what is on it then is lost, each end notices for itself, and it is made again when both have.
 *
 * Method: as a connection of TCP: nothing on a link is lost, doubled or overtaken without the link breaking. Latencies are drawn a run, keyed
 * by the pair.
 */
import { Purpose, RandomStream } from './random.ts';
import type { Scheduler, Target } from './scheduler.ts';

export interface PeerOptions {
  readonly latencyUsMax: number;
  readonly spikePermille: number;
  readonly spikeUsMax: number;
  /** After a break an end may notice it up to so much later. */
  readonly noticeUsMax: number;
}

export interface PeerEnd {
  readonly up: boolean;
  peerReceived(from: number, bytes: Uint8Array): void;
  peerLost(node: number): void;
  peerRemade(node: number): void;
}

const Code = { run: 1, notice: 2, remake: 3 } as const;

interface Way {
  readonly from: number;
  readonly to: number;
  readonly random: RandomStream;
  lastUs: number;
  /** Nothing arrives any more. */
  lost: boolean;
  /** The end at `from` knows that the link is broken. */
  noticed: boolean;
}

interface Pair {
  /** Rises with each break. */
  life: number;
  broken: boolean;
  remakeUs: number;
  readonly ways: readonly [Way, Way];
}

interface Run {
  readonly pair: Pair;
  readonly way: Way;
  readonly life: number;
  readonly bytes: Uint8Array;
}

export class Peers implements Target {
  readonly traceId = 5;
  options: PeerOptions;
  readonly #scheduler: Scheduler;
  readonly #ends: readonly PeerEnd[];
  readonly #pairs: (Pair | undefined)[][] = [];

  constructor(seed: number, scheduler: Scheduler, options: PeerOptions, ends: readonly PeerEnd[]) {
    this.#scheduler = scheduler;
    this.options = options;
    this.#ends = ends;
    for (let upper = 0; upper < ends.length; upper += 1) {
      this.#pairs[upper] = [];
      for (let lower = 0; lower < upper; lower += 1) {
        const way = (from: number, to: number): Way => {
          const random = new RandomStream(seed, Purpose.peers, from * 64 + to);
          return { from, to, random, lastUs: 0, lost: false, noticed: false };
        };
        this.#pairs[upper][lower] = { life: 1, broken: false, remakeUs: 0, ways: [way(lower, upper), way(upper, lower)] };
      }
    }
  }

  send(from: number, to: number, bytes: Uint8Array): void {
    const pair = this.#pair(from, to);
    const way = pair.ways[from < to ? 0 : 1];
    if (way.noticed || way.lost) return;
    const { nowUs } = this.#scheduler;
    const random = way.random.at(nowUs);
    const { latencyUsMax, spikePermille, spikeUsMax } = this.options;
    let arrivalUs = nowUs + 1 + random.below(latencyUsMax);
    if (random.permille(spikePermille)) arrivalUs += random.below(spikeUsMax);
    way.lastUs = arrivalUs > way.lastUs ? arrivalUs : way.lastUs + 1;
    const run: Run = { pair, way, life: pair.life, bytes };
    this.#scheduler.schedule(way.lastUs, this, Code.run, bytes.length, run);
  }

  /** Breaks the link for so long. `way`: only this direction is dead until the ends notice. */
  cut(one: number, other: number, way: 'there' | 'back' | 'both', forUs: number): void {
    const pair = this.#pair(one, other);
    const there = one < other ? 0 : 1;
    if (way !== 'back') pair.ways[there].lost = true;
    if (way !== 'there') pair.ways[1 - there].lost = true;
    this.#break(pair, this.#scheduler.nowUs + forUs);
  }

  /** A process died: its links break. */
  nodeDown(node: number): void {
    for (let other = 0; other < this.#ends.length; other += 1) {
      if (other === node) continue;
      const pair = this.#pair(node, other);
      const own = pair.ways[node < other ? 0 : 1];
      for (const way of pair.ways) way.lost = true;
      // Nobody is there to be told.
      own.noticed = true;
      this.#break(pair, this.#scheduler.nowUs);
    }
  }

  /** A process began: its links are made. */
  nodeUp(node: number): void {
    for (let other = 0; other < this.#ends.length; other += 1) {
      if (other === node) continue;
      const pair = this.#pair(node, other);
      if (pair.broken) this.#remakeAt(pair, this.#scheduler.nowUs);
    }
  }

  fire(code: number, number: number, payload: unknown): void {
    switch (code) {
      case Code.run: {
        const { pair, way, life, bytes } = payload as Run;
        if (life === pair.life && !way.lost && this.#ends[way.to].up) this.#ends[way.to].peerReceived(way.from, bytes);
        return;
      }
      case Code.notice: {
        const { pair, way, life } = payload as Run;
        if (life === pair.life) this.#notice(pair, way);
        return;
      }
      case Code.remake:
        if (number === (payload as Pair).remakeUs) this.#remake(payload as Pair);
        return;
      default:
        throw new Error(`peers: event ${code}`);
    }
  }

  #break(pair: Pair, untilUs: number): void {
    if (!pair.broken) {
      pair.broken = true;
      const { nowUs } = this.#scheduler;
      for (const way of pair.ways) {
        const random = way.random.at(nowUs);
        const laterUs = random.permille(600) ? 2_000 : random.below(this.options.noticeUsMax + 1);
        this.#scheduler.schedule(nowUs + laterUs, this, Code.notice, 0, { pair, way, life: pair.life, bytes: nothing });
      }
    }
    this.#remakeAt(pair, Math.max(pair.remakeUs, untilUs));
  }

  #notice(pair: Pair, way: Way): void {
    if (!pair.broken || way.noticed) return;
    way.noticed = true;
    // Who gave the link up takes nothing from it any more.
    pair.ways[way === pair.ways[0] ? 1 : 0].lost = true;
    if (this.#ends[way.from].up) this.#ends[way.from].peerLost(way.to);
  }

  #remakeAt(pair: Pair, us: number): void {
    pair.remakeUs = us + 3_000;
    this.#scheduler.schedule(pair.remakeUs, this, Code.remake, pair.remakeUs, pair);
  }

  #remake(pair: Pair): void {
    if (!pair.broken || pair.ways.some((way) => !this.#ends[way.from].up)) return;
    // A new connection tells an end that had not noticed.
    for (const way of pair.ways) this.#notice(pair, way);
    pair.broken = false;
    pair.life += 1;
    for (const way of pair.ways) {
      way.lost = false;
      way.noticed = false;
    }
    for (const way of pair.ways) this.#ends[way.from].peerRemade(way.to);
  }

  #pair(one: number, other: number): Pair {
    const pair = this.#pairs[Math.max(one, other)][Math.min(one, other)];
    if (pair === undefined) throw new Error(`no link between ${one} and ${other}`);
    return pair;
  }
}

const nothing = new Uint8Array(0);
