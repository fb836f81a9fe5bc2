/**
 * What the parts of the cluster machine share: limits, the step's clock and effects, and the calls under way.
 *
 * Method: a call to the store is given a function that takes its answer; rows are encoded in one scratch writer.
 */
import type { Limits } from '../../protocol/limits.ts';
import { FrameWriter } from '../../protocol/writer.ts';
import type { GetResult, Row, ScanRequest, WriteOutcome } from '../../store/port.ts';
import { Table } from '../../store/port.ts';
import { assert } from '../assert.ts';
import type { Node } from '../machine.ts';
import type { ClusterInput, ClusterOut } from './cluster-port.ts';

export interface ClusterOptions {
  readonly limits: Limits;
  /** This node's number, 0 … 65535; no two living processes have the same. */
  readonly node: Node;
  /** Where other nodes reach this one. */
  readonly address: string;
}

/** For metrics and for the simulator's `sometimes`. */
export class ClusterCounters {
  [name: string]: number;
  joins = 0;
  heartbeats = 0;
  heartbeatsUnknown = 0;
  heartbeatsFoundApplied = 0;
  deposed = 0;
  terms = 0;
  declaredDead = 0;
  freezes = 0;
  assignmentsWritten = 0;
  partitionsMoved = 0;
  clockOff = 0;
  clockFarOff = 0;
  resigned = 0;
  pendingCleared = 0;
}

/** What a read found; `undefined`: the store cannot be read now. */
export type Found = Uint8Array | null | undefined;

export class ClusterContext {
  readonly limits: Limits;
  readonly node: Node;
  readonly address: string;
  readonly counters = new ClusterCounters();
  readonly value = new FrameWriter(256);
  now = 0;
  private effects: ClusterOut | null = null;
  private lastId = 0;
  private readonly gets = new Map<number, (found: Found) => void>();
  private readonly scans = new Map<number, (rows: readonly Row[] | null) => void>();
  private readonly sets = new Map<number, (outcome: WriteOutcome) => void>();
  private readonly draws = new Map<number, (high: number, low: number) => void>();

  constructor(options: ClusterOptions) {
    this.limits = options.limits;
    this.node = options.node;
    this.address = options.address;
  }

  begin(now: number, out: ClusterOut): void {
    this.now = now;
    this.effects = out;
  }

  get out(): ClusterOut {
    assert(this.effects !== null, 'effects outside of a step');
    return this.effects;
  }

  /** How long a row must stand still until whoever wrote it is certainly without a lease: clocks run within 5 % of true time. */
  get silenceMs(): number {
    return this.limits.leaseMs + Math.ceil(this.limits.leaseMs / 8);
  }

  get(key: Uint8Array, then: (found: Found) => void): void {
    this.gets.set(this.takeId(), then);
    this.out.clusterGet(this.lastId, key);
  }

  /** Rows of `[start, end)`; null: the store cannot be read now. */
  scan(start: Uint8Array, end: Uint8Array, then: (rows: readonly Row[] | null) => void): void {
    const request: ScanRequest = { table: Table.cluster, start, end, limit: this.limits.nodesMax, reverse: false, bytesMax: 1 << 20 };
    this.scans.set(this.takeId(), then);
    this.out.clusterScan(this.lastId, request);
  }

  set(key: Uint8Array, expected: Uint8Array | null, value: Uint8Array, then: (outcome: WriteOutcome) => void): void {
    this.sets.set(this.takeId(), then);
    this.out.compareAndSet(this.lastId, key, expected, value);
  }

  drawRandom(then: (high: number, low: number) => void): void {
    this.draws.set(this.takeId(), then);
    this.out.drawRandom(this.lastId);
  }

  /** Hands a completion to who waits for it. */
  arrived(input: ClusterInput & { readonly kind: 'got' | 'scanned' | 'set' | 'random' }): void {
    switch (input.kind) {
      case 'got':
        this.take(this.gets, input.id)(foundOf(input.result));
        break;
      case 'scanned':
        this.take(this.scans, input.id)(input.result.kind === 'ok' && !input.result.more ? input.result.rows : null);
        break;
      case 'set':
        this.take(this.sets, input.id)(input.outcome);
        break;
      case 'random':
        this.take(this.draws, input.id)(input.high, input.low);
        break;
    }
  }

  private take<Then>(waiting: Map<number, Then>, id: number): Then {
    const then = waiting.get(id);
    assert(then !== undefined, 'a completion nobody waits for');
    waiting.delete(id);
    return then;
  }

  private takeId(): number {
    return ++this.lastId;
  }
}

function foundOf(result: GetResult): Found {
  return result.kind === 'ok' ? result.value : undefined;
}
