/**
 * A store with time and trouble around the memory model: latency, attempts that are applied, or not, or later while the caller is told
 * "unknown", definite failures, reads that fail, reads of the state at their begin or at their end.
 *
 * Method: each attempt draws its fate when it arrives. An attempt is conditional on its fence bytes at the instant it takes effect, so a
 * late one is killed by any batch or claim in between, as in a real store. A node that crashes leaves its unanswered attempts
 * to their own draw: those not yet durable are lost or take effect later.
 */
import { RowBatch } from '../core/model/row-batch.ts';
import { MemoryStore } from '../core/store/memory/memory-store.ts';
import { type GetResult, type ScanRequest, type ScanResult, type StoreWrite, Table, type WriteOutcome } from '../core/store/port.ts';
import { checkWrite } from '../core/store/write-rules.ts';
import { Purpose, RandomStream } from './random.ts';
import type { Scheduler, Target } from './scheduler.ts';

/** How bad the store is: part of the scenario. */
export interface StoreOptions {
  readonly latencyUsMin: number;
  readonly latencyUsMax: number;
  /** Of 1,000 writes so many are told unknown. */
  readonly unknownPermille: number;
  /** An unknown write is told so after so long. */
  readonly unknownUs: number;
  /** A late attempt takes effect at most so much later. */
  readonly laterUsMax: number;
  readonly busyPermille: number;
  readonly unavailablePermille: number;
  readonly readFailedPermille: number;
}

/** Who asked: answers go there, unless its process died meanwhile. */
export interface StoreUser {
  /** Its node; '': none. */
  readonly name?: string;
  readonly incarnation: number;
  /** Until then the store is out of its reach: what it sends may arrive, no answer comes back. */
  readonly cutUntilUs?: number;
  written(id: number, outcome: WriteOutcome): void;
  got(id: number, result: GetResult): void;
  scanned(id: number, result: ScanResult): void;
}

/** Sees every batch that takes effect. */
export type Applied = (ops: Uint8Array, user: StoreUser) => void;

const Code = { write: 1, lateWrite: 2, get: 3, scan: 4 } as const;

const Fate = { ok: 0, unknownApplied: 1, unknownLost: 2, unknownLater: 3, busy: 4, unavailable: 5 } as const;
type Fate = (typeof Fate)[keyof typeof Fate];

/** A conditional write, of rows or of one cluster row. */
interface Attempt {
  readonly id: number;
  readonly partition: number;
  readonly slot: number;
  /** The state it was made for: one that was put back knows nothing of it. */
  readonly memory: MemoryStore;
  apply(): boolean;
}

interface PendingWrite {
  readonly user: StoreUser;
  readonly incarnation: number;
  readonly attempt: Attempt;
  readonly fate: Fate;
}

interface PendingRead<Result> {
  readonly user: StoreUser;
  readonly incarnation: number;
  readonly result: Result | undefined;
  readonly read: () => Result;
}

/** What faults do to the store, each until its time. */
export class StoreTrouble {
  /** All writes are told busy, unavailable or unknown. */
  outageUntilUs = 0;
  /** No write has room. */
  fullUntilUs = 0;
  /** Of four parts of the slots. */
  readonly partUntilUs = [0, 0, 0, 0];
  /** No read is answered. */
  readsUntilUs = 0;
  slowUntilUs = 0;
  slowUs = 0;
  /** Writes take effect, and nobody is told. */
  muteUntilUs = 0;
}

export class StoreModel implements Target {
  readonly traceId = 1;
  options: StoreOptions;
  memory: MemoryStore;
  trouble = new StoreTrouble();
  /** A write begins and takes so long: whoever waits for one to be in flight. */
  onWrite: (latencyUs: number) => void = () => {};
  readonly counters = { applied: 0, unknown: 0, appliedLate: 0, lateKilled: 0, conditionFalse: 0, failed: 0, lostInCrash: 0 };
  readonly #scheduler: Scheduler;
  readonly #seed: number;
  /** By partition and slot, so that what one slot does changes nothing for another. */
  readonly #streams = new Map<number, RandomStream>();
  readonly #applied: Applied;
  readonly #pending = new Set<PendingWrite>();

  constructor(seed: number, scheduler: Scheduler, options: StoreOptions, applied: Applied) {
    this.#seed = seed;
    this.#scheduler = scheduler;
    this.options = options;
    this.#applied = applied;
    this.memory = new MemoryStore();
  }

  get pendingWrites(): number {
    return this.#pending.size;
  }

  write(request: StoreWrite, user: StoreUser): void {
    // A breach of the port's rules shows where it is made, not where it takes effect.
    checkWrite(request);
    const copy: StoreWrite = {
      ...request,
      fenceKey: request.fenceKey.slice(),
      expectedFence: request.expectedFence === null ? null : request.expectedFence.slice(),
      ops: request.ops.slice(),
    };
    const { id, partition, slot } = copy;
    this.#send({ id, partition, slot, memory: this.memory, apply: () => this.#apply(copy, user) }, user);
  }

  /** Cluster rows. */
  compareAndSet(id: number, key: Uint8Array, expected: Uint8Array | null, value: Uint8Array, user: StoreUser): void {
    const [keyCopy, expectedCopy, valueCopy] = [key.slice(), expected?.slice() ?? null, value.slice()];
    const apply = (): boolean => this.memory.compareAndSet(keyCopy, expectedCopy, valueCopy) === 'ok';
    this.#send({ id, partition: clusterEntity, slot: key[key.length - 1] ?? 0, memory: this.memory, apply }, user);
  }

  get(id: number, table: Table, key: Uint8Array, user: StoreUser): void {
    const copy = key.slice();
    this.#read(Code.get, id, copy, user, (): GetResult => ({ kind: 'ok', value: this.memory.get(table, copy) }));
  }

  scan(id: number, request: ScanRequest, user: StoreUser): void {
    const copy: ScanRequest = { ...request, start: request.start.slice(), end: request.end.slice() };
    this.#read(Code.scan, id, copy.start, user, (): ScanResult => ({ kind: 'ok', ...this.memory.scan(copy) }));
  }

  /** The process of `user` died: what it has under way is lost, or there already, or comes later. */
  crashed(user: StoreUser): void {
    for (const pending of this.#pending) {
      if (pending.user !== user) continue;
      this.#pending.delete(pending);
      if (pending.fate !== Fate.ok) continue;
      const { attempt } = pending;
      const random = this.#stream(attempt.partition, attempt.slot);
      const draw = random.below(3);
      if (draw === 0) attempt.apply();
      else if (draw === 1) {
        const laterUs = this.#scheduler.nowUs + random.below(this.options.laterUsMax + 1);
        this.#scheduler.schedule(laterUs, this, Code.lateWrite, attempt.id, attempt);
      } else this.counters.lostInCrash += 1;
    }
  }

  /** An older state takes this one's place; all nodes are down. */
  restore(backup: MemoryStore): void {
    this.memory = copyOf(backup);
  }

  fire(code: number, number: number, payload: unknown): void {
    switch (code) {
      case Code.write:
        this.#answerWrite(payload as PendingWrite);
        return;
      case Code.lateWrite:
        // A store that was put back knows nothing of attempts from before.
        if ((payload as Attempt).memory !== this.memory) return;
        if ((payload as Attempt).apply()) this.counters.appliedLate += 1;
        else this.counters.lateKilled += 1;
        return;
      case Code.get: {
        const pending = payload as PendingRead<GetResult>;
        if (pending.incarnation === pending.user.incarnation) pending.user.got(number, pending.result ?? pending.read());
        return;
      }
      case Code.scan: {
        const pending = payload as PendingRead<ScanResult>;
        if (pending.incarnation === pending.user.incarnation) pending.user.scanned(number, pending.result ?? pending.read());
        return;
      }
      default:
        throw new Error(`store model: event ${code}`);
    }
  }

  #send(attempt: Attempt, user: StoreUser): void {
    const { options } = this;
    const { nowUs } = this.#scheduler;
    const random = this.#stream(attempt.partition, attempt.slot);
    const fate = this.#drawFate(random, attempt, user);
    const delayUs = fate >= Fate.unknownApplied && fate <= Fate.unknownLater ? options.unknownUs : this.#latencyUs(random);
    if (fate === Fate.unknownLater) {
      this.#scheduler.schedule(nowUs + random.below(options.laterUsMax + 1), this, Code.lateWrite, attempt.id, attempt);
    }
    const pending: PendingWrite = { user, incarnation: user.incarnation, attempt, fate };
    this.#pending.add(pending);
    this.onWrite(delayUs);
    this.#scheduler.schedule(nowUs + delayUs, this, Code.write, attempt.id, pending);
  }

  #drawFate(random: RandomStream, { partition, slot }: Attempt, user: StoreUser): Fate {
    const { trouble } = this;
    const { nowUs } = this.#scheduler;
    if ((user.cutUntilUs ?? 0) > nowUs) return random.pick([Fate.unknownApplied, Fate.unknownLost, Fate.unknownLost, Fate.unknownLater]);
    // What holds for all the rows of the slots need not hold for the cluster's.
    if (partition === clusterEntity && trouble.outageUntilUs <= nowUs) return this.#usualFate(random);
    if (trouble.muteUntilUs > nowUs) return Fate.unknownApplied;
    if (trouble.fullUntilUs > nowUs) return Fate.unavailable;
    if (trouble.outageUntilUs > nowUs || trouble.partUntilUs[slot & 3] > nowUs) {
      const draw = random.below(4);
      return draw === 0 ? random.pick([Fate.unknownLost, Fate.unknownLater]) : draw === 1 ? Fate.busy : Fate.unavailable;
    }
    return this.#usualFate(random);
  }

  #usualFate(random: RandomStream): Fate {
    const { options } = this;
    if (options.unknownPermille > 0 && random.permille(options.unknownPermille)) {
      return random.pick([Fate.unknownApplied, Fate.unknownApplied, Fate.unknownLost, Fate.unknownLater]);
    }
    if (options.busyPermille > 0 && random.permille(options.busyPermille)) return Fate.busy;
    if (options.unavailablePermille > 0 && random.permille(options.unavailablePermille)) return Fate.unavailable;
    return Fate.ok;
  }

  #answerWrite(pending: PendingWrite): void {
    if (!this.#pending.delete(pending)) return;
    const { user, attempt } = pending;
    let outcome: WriteOutcome;
    switch (pending.fate) {
      case Fate.ok:
        outcome = attempt.apply() ? ok : conditionFalse;
        break;
      case Fate.unknownApplied:
        attempt.apply();
        outcome = unknown;
        break;
      case Fate.unknownLost:
      case Fate.unknownLater:
        outcome = unknown;
        break;
      case Fate.busy:
        outcome = busy;
        break;
      case Fate.unavailable:
        outcome = unavailable;
        break;
      default: {
        const never: never = pending.fate;
        throw new Error(`fate ${String(never)}`);
      }
    }
    if (outcome.kind === 'unknown') this.counters.unknown += 1;
    else if (outcome.kind === 'failed') this.counters.failed += 1;
    else if (outcome.kind === 'conditionFalse') this.counters.conditionFalse += 1;
    if (pending.incarnation === user.incarnation) user.written(attempt.id, outcome);
  }

  #apply(request: StoreWrite, user: StoreUser): boolean {
    if (this.memory.write(request) !== 'ok') return false;
    this.counters.applied += 1;
    this.#applied(request.ops, user);
    return true;
  }

  #read<Result>(code: number, id: number, key: Uint8Array, user: StoreUser, read: () => Result): void {
    const { options } = this;
    const random = this.#stream(((key[0] ?? 0) << 8) | (key[1] ?? 0), key[2] ?? 0);
    const { nowUs } = this.#scheduler;
    const isPartition = key[0] < 4;
    const isOut = isPartition && this.trouble.partUntilUs[(key[2] ?? 0) & 3] > nowUs;
    const isCut = (user.cutUntilUs ?? 0) > nowUs || (isPartition && this.trouble.readsUntilUs > nowUs);
    const fails =
      isCut || (isOut && random.permille(900)) || (options.readFailedPermille > 0 && random.permille(options.readFailedPermille));
    const result = fails ? ({ kind: 'unavailable' } as Result) : random.permille(500) ? read() : undefined;
    const pending: PendingRead<Result> = { user, incarnation: user.incarnation, result, read };
    this.#scheduler.schedule(this.#scheduler.nowUs + this.#latencyUs(random), this, code, id, pending);
  }

  /** The draws of a slot at this instant. */
  #stream(partition: number, slot: number): RandomStream {
    const entity = partition * 256 + slot;
    let stream = this.#streams.get(entity);
    if (stream === undefined) {
      stream = new RandomStream(this.#seed, Purpose.store, entity);
      this.#streams.set(entity, stream);
    }
    return stream.at(this.#scheduler.nowUs);
  }

  #latencyUs(random: RandomStream): number {
    const { options, trouble } = this;
    const slowUs = trouble.slowUntilUs > this.#scheduler.nowUs ? random.below(trouble.slowUs) : 0;
    return slowUs + random.between(options.latencyUsMin, options.latencyUsMax);
  }
}

/** The whole content, row by row. */
export function copyOf(memory: MemoryStore): MemoryStore {
  const copy = new MemoryStore();
  const rows = new RowBatch();
  for (const table of Object.values(Table)) {
    for (const { key, value } of memory.scan({ ...everything, table }).rows) {
      rows.reset();
      rows.put(table, key, value);
      copy.apply(rows.bytes);
    }
  }
  return copy;
}

/** Of a table. */
export const everything = {
  start: new Uint8Array(0),
  end: new Uint8Array([0xff, 0xff, 0xff, 0xff]),
  limit: Number.MAX_SAFE_INTEGER,
  bytesMax: Number.MAX_SAFE_INTEGER,
  reverse: false,
};

/** Stands where a partition stands, for the draws of cluster rows. */
const clusterEntity = 0xffff;

const ok: WriteOutcome = { kind: 'ok' };
const conditionFalse: WriteOutcome = { kind: 'conditionFalse' };
const unknown: WriteOutcome = { kind: 'unknown' };
const busy: WriteOutcome = { kind: 'failed', reason: 'busy' };
const unavailable: WriteOutcome = { kind: 'failed', reason: 'unavailable' };
