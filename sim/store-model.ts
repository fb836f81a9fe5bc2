/**
 * A store with time and trouble around the memory model: latency, attempts that are applied, or not, or later while the caller is told
 * "unknown", definite failures, reads that fail, reads of the state at their begin or at their end, calls of joined writes.
 *
 * Method: each attempt draws its fate when it arrives. An attempt is conditional on its fence bytes at the instant it takes effect, so a
 * late one is killed by any batch or claim in between, as in a real store. A node that crashes leaves its unanswered attempts
 * to their own draw: those not yet durable are lost or take effect later.
 */
import type { CallOutcome } from '../core/store/joiner.ts';
import { MemoryStore } from '../core/store/memory/memory-store.ts';
import type { GetResult, ScanRequest, ScanResult, StoreWrite, Table, WriteOutcome } from '../core/store/port.ts';
import { checkWrite } from '../core/store/write-rules.ts';
import { Purpose, RandomStream } from './random.ts';
import type { Scheduler, Target } from './scheduler.ts';
import { copyOf } from './store-copy.ts';
import {
  type CallShape,
  clusterEntity,
  drawFate,
  Fate,
  isUnknown,
  outcomeOf,
  plain,
  type StoreOptions,
  StoreTrouble,
} from './store-fate.ts';
import { StoreJoins } from './store-joins.ts';

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

const Code = { write: 1, lateWrite: 2, get: 3, scan: 4, pump: 5 } as const;

/** A conditional write, of rows or of one cluster row, or several as one. */
interface Attempt extends CallShape {
  readonly id: number;
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
  readonly told: (outcome: CallOutcome) => void;
}

/** The joined writes of a process. */
interface Joins {
  readonly user: StoreUser;
  readonly incarnation: number;
  readonly writes: StoreJoins;
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
  trouble = new StoreTrouble();
  /** A write begins and takes so long: whoever waits for one to be in flight. */
  onWrite: (latencyUs: number) => void = () => {};
  /** A process was told what is not so. */
  onLie: (what: string) => void = () => {};
  readonly counters = {
    applied: 0,
    unknown: 0,
    appliedLate: 0,
    lateKilled: 0,
    conditionFalse: 0,
    failed: 0,
    lostInCrash: 0,
    joinedCalls: 0,
    refusedTogether: 0,
  };
  readonly #scheduler: Scheduler;
  readonly #seed: number;
  /** By partition and slot, so that what one slot does changes nothing for another. */
  readonly #streams = new Map<number, RandomStream>();
  readonly #applied: Applied;
  readonly #pending = new Set<PendingWrite>();
  readonly #joins = new Map<StoreUser, Joins>();

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
    if (this.options.joins === true) this.#joinsOf(user).writes.write(copy);
    else this.#call([copy], user, (outcome) => this.#tell(copy, user, outcome));
  }

  /** Cluster rows. */
  compareAndSet(id: number, key: Uint8Array, expected: Uint8Array | null, value: Uint8Array, user: StoreUser): void {
    const [keyCopy, expectedCopy, valueCopy] = [key.slice(), expected?.slice() ?? null, value.slice()];
    const apply = (): boolean => this.memory.compareAndSet(keyCopy, expectedCopy, valueCopy) === 'ok';
    const slot = key[key.length - 1] ?? 0;
    const attempt = { id, partition: clusterEntity, slot, parts: 1 << (slot & 3), isJoined: false, memory: this.memory, apply };
    this.#send(attempt, user, (outcome) => user.written(id, plain(outcome)));
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
    this.#joins.delete(user);
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
      case Code.pump: {
        const { user, incarnation, writes } = payload as Joins;
        if (incarnation === user.incarnation) writes.joiner.pump();
        return;
      }
      default:
        throw new Error(`store model: event ${code}`);
    }
  }

  #joinsOf(user: StoreUser): Joins {
    const known = this.#joins.get(user);
    if (known !== undefined) return known;
    const writes = new StoreJoins({
      planPump: () => this.#scheduler.schedule(this.#scheduler.nowUs, this, Code.pump, 0, joins),
      send: (together, answered) => this.#call(together, user, answered),
      answer: (write, outcome) => this.#tell(write, user, outcome),
    });
    const joins: Joins = { user, incarnation: user.incarnation, writes };
    this.#joins.set(user, joins);
    return joins;
  }

  /** One call of one or several writes: all of them or none. */
  #call(writes: readonly StoreWrite[], user: StoreUser, told: (outcome: CallOutcome) => void): void {
    const [{ id, partition, slot }] = writes;
    const isJoined = writes.length > 1;
    if (isJoined) this.counters.joinedCalls += 1;
    const parts = writes.reduce((bits, write) => bits | (1 << (write.slot & 3)), 0);
    this.#send({ id, partition, slot, parts, isJoined, memory: this.memory, apply: () => this.#apply(writes, user) }, user, told);
  }

  /** A write whose condition holds is never told refused: its companions' conditions are not its own. */
  #tell(write: StoreWrite, user: StoreUser, outcome: CallOutcome): void {
    if (outcome.kind === 'conditionFalse' && this.memory.expects(write)) this.onLie('a write was told refused whose condition holds');
    user.written(write.id, plain(outcome));
  }

  #send(attempt: Attempt, user: StoreUser, told: (outcome: CallOutcome) => void): void {
    const { options } = this;
    const { nowUs } = this.#scheduler;
    const random = this.#stream(attempt.partition, attempt.slot);
    const fate = drawFate(random, attempt, this, { nowUs, isCut: (user.cutUntilUs ?? 0) > nowUs });
    const delayUs = isUnknown(fate) ? options.unknownUs : this.#latencyUs(random);
    if (fate === Fate.unknownLater) {
      this.#scheduler.schedule(nowUs + random.below(options.laterUsMax + 1), this, Code.lateWrite, attempt.id, attempt);
    }
    const pending: PendingWrite = { user, incarnation: user.incarnation, attempt, fate, told };
    this.#pending.add(pending);
    this.onWrite(delayUs);
    this.#scheduler.schedule(nowUs + delayUs, this, Code.write, attempt.id, pending);
  }

  #answerWrite(pending: PendingWrite): void {
    if (!this.#pending.delete(pending)) return;
    const { user, attempt } = pending;
    const outcome = outcomeOf(pending.fate, () => attempt.apply());
    if (outcome.kind === 'unknown') this.counters.unknown += 1;
    else if (outcome.kind === 'failed') this.counters.failed += 1;
    else if (outcome.kind === 'conditionFalse') this.counters[attempt.isJoined ? 'refusedTogether' : 'conditionFalse'] += 1;
    if (pending.incarnation === user.incarnation) pending.told(outcome);
  }

  #apply(writes: readonly StoreWrite[], user: StoreUser): boolean {
    if (this.memory.writeTogether(writes) !== 'ok') return false;
    this.counters.applied += writes.length;
    for (const { ops } of writes) this.#applied(ops, user);
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
