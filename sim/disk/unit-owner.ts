/**
 * The owner of one unit as the engine is one (DESIGN 4, outcomes of a write): a chain of conditional batches, the same bytes
 * again after an unknown outcome, the fence read after a false condition; and reads in between, each judged.
 */
import { RowBatch } from '../../core/model/row-batch.ts';
import { type Row, type Store, type StoreWrite, Table, type WriteOutcome } from '../../core/store/port.ts';
import type { RandomStream } from '../random.ts';
import { fenceName, type UnitBatch, UnitHistory } from './unit-history.ts';

const keysMax = 12;
const partition = 5;

/** The machines over a simulated disk, or the real store. */
export type OwnedStore = Pick<Store, 'write' | 'get' | 'scan'>;

export interface OwnerWorld {
  readonly time: { after(delayMs: number, run: () => void): void };
  readonly random: RandomStream;
  /** Disk or index refused something in this life. */
  readonly refused: () => boolean;
  /** Told what must never be. */
  readonly violation: (kind: 'lost' | 'torn' | 'other', what: string) => void;
}

export class UnitOwner {
  readonly history: UnitHistory;
  /** Batches answered `ok` over all lives. */
  okCount = 0;
  readonly #world: OwnerWorld;
  readonly #slot: number;
  readonly #fenceKey: Uint8Array;
  #machine: OwnedStore | null = null;
  /** Counts lives; answers to an earlier one are dropped. */
  #life = 0;
  #fence: Uint8Array | null = null;
  #fenceNumber = 0;
  #inDoubt = false;

  constructor(world: OwnerWorld, slot: number, history: UnitHistory = new UnitHistory()) {
    this.#world = world;
    this.#slot = slot;
    this.history = history;
    this.#fenceKey = Uint8Array.of(0, partition, slot, 0);
  }

  /** The process died. */
  crash(): void {
    this.#life += 1;
    this.#machine = null;
  }

  /** A machine serves: reads the whole unit, judges it, and goes on from what it shows. `judged` false: the history begins here. */
  begin(machine: OwnedStore, settled: () => void, judged = true): void {
    this.#machine = machine;
    this.#life += 1;
    const life = this.#life;
    this.#readUnit(machine, 1000, false, (rows) => {
      if (life !== this.#life) return;
      if (rows === null) {
        // The index is being opened anew.
        this.#soon(life, 5, () => this.begin(machine, settled, judged));
        return;
      }
      const verdict = this.history.judge(rows, this.history.acked, this.history.submitted);
      if (judged && verdict.kind !== 'fits') this.#world.violation(verdict.kind, `unit ${this.#slot} after recovery`);
      this.history.settle(rows);
      const fence = rows.get(fenceName);
      this.#fence = fence === undefined ? null : bytesOfText(fence);
      settled();
    });
  }

  /** Starts writing and reading. */
  work(): void {
    this.#writeNext(this.#life);
    this.#readNow(this.#life);
  }

  #writeNext(life: number): void {
    this.#soon(life, this.#world.random.between(0, 60) / 10, () => {
      const before = this.#fence;
      this.#fenceNumber += 1;
      const fence = Uint8Array.of(
        this.#world.random.u32() & 255,
        this.#world.random.u32() & 255,
        this.#fenceNumber >> 8,
        this.#fenceNumber & 255,
      );
      const batch = this.#drawBatch(fence);
      this.history.submit(batch);
      this.#inDoubt = false;
      this.#send(life, this.#encode(before, fence, batch), fence);
    });
  }

  #send(life: number, write: StoreWrite, fence: Uint8Array): void {
    const number = this.history.submitted;
    this.#machine?.write(write, (outcome) => {
      if (life === this.#life) this.#answered(life, write, fence, number, outcome);
    });
    // Someone who takes the durable fence for the last word tries to claim meanwhile: it must be refused.
    if (this.#world.random.permille(30)) this.#claimOutOfLine(life, write);
  }

  #answered(life: number, write: StoreWrite, fence: Uint8Array, number: number, outcome: WriteOutcome): void {
    const away = outcome.kind === 'unknown' || (outcome.kind === 'failed' && outcome.reason === 'unavailable');
    if (away && !this.#world.refused())
      this.#world.violation('other', `unit ${this.#slot}: ${outcome.kind} although disk and index refused nothing`);
    switch (outcome.kind) {
      case 'ok':
        this.#isThere(life, fence, number);
        return;
      case 'unknown':
        this.#inDoubt = true;
        this.#again(life, write, fence);
        return;
      case 'failed':
        if (this.#inDoubt) {
          this.#again(life, write, fence);
          return;
        }
        this.history.takeBack();
        this.#writeNext(life);
        return;
      case 'conditionFalse':
        this.#machine?.get(Table.users, this.#fenceKey, (result) => {
          if (life !== this.#life) return;
          if (result.kind === 'ok' && result.value !== null && text(result.value) === text(fence)) this.#isThere(life, fence, number);
          else if (this.#inDoubt || result.kind !== 'ok') this.#again(life, write, fence);
          else this.#world.violation('other', `unit ${this.#slot}: condition false although nobody else writes`);
        });
        return;
      default:
        outcome satisfies never;
    }
  }

  #isThere(life: number, fence: Uint8Array, number: number): void {
    this.history.acknowledge(number);
    this.okCount += 1;
    this.#fence = fence;
    this.#writeNext(life);
  }

  #again(life: number, write: StoreWrite, fence: Uint8Array): void {
    this.#inDoubt = true;
    this.#soon(life, this.#world.random.between(1, 100) / 10, () => this.#send(life, write, fence));
  }

  /** A claim on the fence as it was before `write`, while that stands in line. */
  #claimOutOfLine(life: number, write: StoreWrite): void {
    const expected = write.expectedFence;
    const batch = new RowBatch(64);
    batch.put(Table.users, this.#fenceKey, Uint8Array.of(9, 9, 9, 9, 9));
    const claim = { ...write, id: -1, ops: batch.bytes.slice(), opCount: 1 };
    const inLine = this.history.submitted;
    this.#machine?.write(claim, (outcome) => {
      if (life === this.#life && outcome.kind === 'ok' && expected === write.expectedFence && inLine <= this.history.submitted)
        this.#claimed();
    });
  }

  #claimed(): void {
    // Right only if the batch before it was refused definitely; then the owner has nothing in line and starts from the claim.
    this.#world.violation('other', `unit ${this.#slot}: two writes on one fence took effect`);
  }

  #readNow(life: number): void {
    this.#soon(life, this.#world.random.between(5, 80) / 10, () => {
      const machine = this.#machine;
      if (machine === null) return;
      const from = this.history.acked;
      if (this.#world.random.permille(500)) this.#readRow(life, machine, from);
      else {
        const reverse = this.#world.random.permille(500);
        this.#readUnit(machine, this.#world.random.between(2, 8), reverse, (rows) => {
          if (life === this.#life && rows !== null) this.#judgeRead(this.history.judge(rows, from, this.history.submitted), 'scan');
        });
      }
      this.#readNow(life);
    });
  }

  #readRow(life: number, machine: OwnedStore, from: number): void {
    const tail = this.#world.random.below(keysMax + 1);
    const key = tail === keysMax ? this.#fenceKey : this.#rowKey(tail);
    machine.get(Table.users, key, (result) => {
      if (life !== this.#life || result.kind !== 'ok') return;
      const name = tail === keysMax ? fenceName : String(tail);
      this.#judgeRead(
        this.history.judgeRow(name, result.value === null ? null : text(result.value), from, this.history.submitted),
        `row ${name}`,
      );
    });
  }

  #judgeRead(verdict: { readonly kind: string }, what: string): void {
    if (verdict.kind === 'lost' || verdict.kind === 'torn')
      this.#world.violation(verdict.kind, `unit ${this.#slot}: ${what} while serving`);
  }

  /** All rows of the unit in one scan. A scan with a short limit reads a page; only whole units are given. */
  #readUnit(machine: OwnedStore, limit: number, reverse: boolean, done: (rows: ReadonlyMap<string, string> | null) => void): void {
    const start = Uint8Array.of(0, partition, this.#slot);
    const end = Uint8Array.of(0, partition, this.#slot + 1);
    machine.scan({ table: Table.users, start, end, limit: Math.max(limit, keysMax + 1), reverse, bytesMax: 1e6 }, (result) => {
      if (result.kind !== 'ok') {
        done(null);
        return;
      }
      const keys = result.rows.map((row) => row.key.join(','));
      const sorted = [...result.rows].sort(
        (left, right) => left.key[3] - right.key[3] || left.key.length - right.key.length || left.key[4] - right.key[4],
      );
      if (reverse) sorted.reverse();
      if (keys.join(' ') !== sorted.map((row) => row.key.join(',')).join(' '))
        this.#world.violation('other', `scan out of order: ${keys.join(' ')}`);
      done(new Map(result.rows.map((row) => [nameOf(row), text(row.value)])));
    });
  }

  #drawBatch(fence: Uint8Array): UnitBatch {
    const random = this.#world.random;
    const changes = new Map<string, string | null>();
    for (let count = random.between(0, 4); count > 0; count -= 1) {
      const value = random.permille(250) ? null : text(fence) + 'x'.repeat(random.below(random.permille(100) ? 700 : 120));
      changes.set(String(random.below(keysMax)), value);
    }
    return { fence: text(fence), changes };
  }

  #encode(expectedFence: Uint8Array | null, fence: Uint8Array, batch: UnitBatch): StoreWrite {
    const rows = new RowBatch();
    rows.put(Table.users, this.#fenceKey, fence);
    for (const [name, value] of batch.changes) {
      const key = this.#rowKey(Number(name));
      if (value === null) rows.delete(Table.users, key);
      else rows.put(Table.users, key, bytesOfText(value));
    }
    return {
      id: this.#fenceNumber,
      table: Table.users,
      partition,
      slot: this.#slot,
      fenceKey: this.#fenceKey,
      expectedFence,
      ops: rows.bytes.slice(),
      opCount: rows.count,
    };
  }

  #rowKey(tail: number): Uint8Array {
    return Uint8Array.of(0, partition, this.#slot, 32, tail);
  }

  #soon(life: number, delayMs: number, run: () => void): void {
    this.#world.time.after(delayMs, () => {
      if (life === this.#life) run();
    });
  }
}

function nameOf(row: Row): string {
  return row.key.length === 4 ? fenceName : String(row.key[4]);
}

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function bytesOfText(value: string): Uint8Array {
  return Uint8Array.from(value, (letter) => letter.charCodeAt(0));
}
