/**
 * Accounts and names that are not there, remembered for a while, so that who asks for them again and again costs the store nothing.
 *
 * Method: only the slot's owner reads and writes them, through one store port, so "not there" holds until this process writes the row, or the
 * slot is claimed (another may have written it before). A read that was under way meanwhile proves nothing.
 */
import { Tag } from '../../model/keys.ts';
import { Table } from '../port.ts';
import type { CacheLimits } from './limits.ts';

/** A read under way, and who waits for the same row. */
export interface Asking<Waiter> {
  readonly unit: number;
  /** No write came in between: its answer may be shared and kept. */
  good: boolean;
  readonly waiting: Waiter[];
}

export class Absent<Waiter> {
  private readonly limits: CacheLimits;
  /** By unit, then by key: until when. */
  private readonly units = new Map<number, Map<string, number>>();
  private readonly asking = new Map<string, Asking<Waiter>>();
  private size = 0;

  constructor(limits: CacheLimits) {
    this.limits = limits;
  }

  has(unit: number, key: string, now: number): boolean {
    const until = this.units.get(unit)?.get(key);
    return until !== undefined && now < until;
  }

  /** The read of that row that is under way, if its answer is good for who asks now. */
  underWay(key: string): Asking<Waiter> | undefined {
    const asking = this.asking.get(key);
    return asking?.good === true ? asking : undefined;
  }

  begin(unit: number, key: string, waiter: Waiter): Asking<Waiter> {
    const asking: Asking<Waiter> = { unit, good: true, waiting: [waiter] };
    this.asking.set(key, asking);
    return asking;
  }

  end(key: string, asking: Asking<Waiter>, isThere: boolean, now: number): void {
    if (this.asking.get(key) === asking) this.asking.delete(key);
    if (!isThere && asking.good) this.keep(asking.unit, key, now + this.limits.absentMs);
  }

  /** This process writes the row. */
  written(unit: number, key: string): void {
    const asking = this.asking.get(key);
    if (asking !== undefined) asking.good = false;
    if (this.units.get(unit)?.delete(key) === true) this.size -= 1;
  }

  /** The slot is claimed or let go. */
  claimed(unit: number): void {
    for (const asking of this.asking.values()) if (asking.unit === unit) asking.good = false;
    this.size -= this.units.get(unit)?.size ?? 0;
    this.units.delete(unit);
  }

  private keep(unit: number, key: string, until: number): void {
    if (this.size >= this.limits.absentMax) {
      this.units.clear();
      this.size = 0;
    }
    let keys = this.units.get(unit);
    if (keys === undefined) {
      keys = new Map();
      this.units.set(unit, keys);
    }
    if (!keys.has(key)) this.size += 1;
    keys.set(key, until);
  }
}

/** Is it a row of which absence is remembered: an account or a name? `at`: where the key begins. */
export function isRemembered(table: number, bytes: Uint8Array, at: number): boolean {
  return (table === Table.users && bytes[at + 3] === Tag.account) || (table === Table.names && bytes[at + 3] === Tag.name);
}

/** A table's slot as one number; `at`: where a key of it begins. */
export function unitOf(table: number, bytes: Uint8Array, at: number): number {
  return ((table * 0x1_0000 + bytes[at] * 0x100 + bytes[at + 1]) << 8) | bytes[at + 2];
}
