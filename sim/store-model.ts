/**
 * A store with time and trouble around the memory model: latency, attempts that are applied, or not, or later while the caller is told
 * "unknown", definite failures, reads that fail, reads of the state at their begin or at their end.
 *
 * Method: each attempt draws its fate when it arrives. An attempt is conditional on its fence bytes at the instant it takes effect, so a
 * late one is killed by any batch or claim in between, as in a real store. A node that crashes leaves its unanswered attempts
 * to their own draw: those not yet durable are lost or take effect later.
 */
import { MemoryStore } from '../core/store/memory/memory-store.ts';
import type { GetResult, ScanRequest, ScanResult, StoreWrite, Table, WriteOutcome } from '../core/store/port.ts';
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
  readonly incarnation: number;
  written(id: number, outcome: WriteOutcome): void;
  got(id: number, result: GetResult): void;
  scanned(id: number, result: ScanResult): void;
}

/** Sees every batch that takes effect. */
export type Applied = (ops: Uint8Array) => void;

const Code = { write: 1, lateWrite: 2, get: 3, scan: 4 } as const;

const Fate = { ok: 0, unknownApplied: 1, unknownLost: 2, unknownLater: 3, busy: 4, unavailable: 5 } as const;
type Fate = (typeof Fate)[keyof typeof Fate];

interface PendingWrite {
  readonly user: StoreUser;
  readonly incarnation: number;
  readonly request: StoreWrite;
  readonly fate: Fate;
}

interface PendingRead<Result> {
  readonly user: StoreUser;
  readonly incarnation: number;
  readonly result: Result | undefined;
  readonly read: () => Result;
}

export class StoreModel implements Target {
  readonly traceId = 1;
  options: StoreOptions;
  memory: MemoryStore;
  /** The store takes no writes until then: all are told busy or unavailable. */
  outageUntilUs = 0;
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

  write(request: StoreWrite, user: StoreUser): void {
    // A breach of the port's rules shows where it is made, not where it takes effect.
    checkWrite(request);
    const { options } = this;
    const copy: StoreWrite = {
      ...request,
      fenceKey: request.fenceKey.slice(),
      expectedFence: request.expectedFence === null ? null : request.expectedFence.slice(),
      ops: request.ops.slice(),
    };
    const random = this.#stream(request.partition, request.slot);
    const fate = this.#drawFate(random);
    const pending: PendingWrite = { user, incarnation: user.incarnation, request: copy, fate };
    const delayUs = fate >= Fate.unknownApplied && fate <= Fate.unknownLater ? options.unknownUs : this.#latencyUs(random);
    if (fate === Fate.unknownLater) {
      const laterUs = this.#scheduler.nowUs + random.below(options.laterUsMax + 1);
      this.#scheduler.schedule(laterUs, this, Code.lateWrite, request.id, copy);
    }
    this.#pending.add(pending);
    this.#scheduler.schedule(this.#scheduler.nowUs + delayUs, this, Code.write, request.id, pending);
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
      const random = this.#stream(pending.request.partition, pending.request.slot);
      const draw = random.below(3);
      if (draw === 0) this.#apply(pending.request);
      else if (draw === 1) {
        const laterUs = this.#scheduler.nowUs + random.below(this.options.laterUsMax + 1);
        this.#scheduler.schedule(laterUs, this, Code.lateWrite, pending.request.id, pending.request);
      } else this.counters.lostInCrash += 1;
    }
  }

  fire(code: number, number: number, payload: unknown): void {
    switch (code) {
      case Code.write:
        this.#answerWrite(payload as PendingWrite);
        return;
      case Code.lateWrite:
        if (this.#apply(payload as StoreWrite)) this.counters.appliedLate += 1;
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

  #drawFate(random: RandomStream): Fate {
    const { options } = this;
    if (this.outageUntilUs > this.#scheduler.nowUs) {
      const draw = random.below(4);
      return draw === 0 ? random.pick([Fate.unknownLost, Fate.unknownLater]) : draw === 1 ? Fate.busy : Fate.unavailable;
    }
    if (options.unknownPermille > 0 && random.permille(options.unknownPermille)) {
      return random.pick([Fate.unknownApplied, Fate.unknownApplied, Fate.unknownLost, Fate.unknownLater]);
    }
    if (options.busyPermille > 0 && random.permille(options.busyPermille)) return Fate.busy;
    if (options.unavailablePermille > 0 && random.permille(options.unavailablePermille)) return Fate.unavailable;
    return Fate.ok;
  }

  #answerWrite(pending: PendingWrite): void {
    if (!this.#pending.delete(pending)) return;
    const { user, request } = pending;
    let outcome: WriteOutcome;
    switch (pending.fate) {
      case Fate.ok:
        outcome = this.#apply(request) ? ok : conditionFalse;
        break;
      case Fate.unknownApplied:
        this.#apply(request);
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
    if (pending.incarnation === user.incarnation) user.written(request.id, outcome);
  }

  #apply(request: StoreWrite): boolean {
    if (this.memory.write(request) !== 'ok') return false;
    this.counters.applied += 1;
    this.#applied(request.ops);
    return true;
  }

  #read<Result>(code: number, id: number, key: Uint8Array, user: StoreUser, read: () => Result): void {
    const { options } = this;
    const random = this.#stream(((key[0] ?? 0) << 8) | (key[1] ?? 0), key[2] ?? 0);
    const fails = options.readFailedPermille > 0 && random.permille(options.readFailedPermille);
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
    return random.between(this.options.latencyUsMin, this.options.latencyUsMax);
  }
}

const ok: WriteOutcome = { kind: 'ok' };
const conditionFalse: WriteOutcome = { kind: 'conditionFalse' };
const unknown: WriteOutcome = { kind: 'unknown' };
const busy: WriteOutcome = { kind: 'failed', reason: 'busy' };
const unavailable: WriteOutcome = { kind: 'failed', reason: 'unavailable' };
