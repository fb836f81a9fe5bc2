/**
 * What one unit's rows may be: the oracle of the disk model.
 *
 * Method: batches of a unit form a chain, so its rows are always those after some batch. `acked` batches must be there; those
 * submitted beyond may be. Anything else is a loss or a torn batch.
 */

export interface UnitBatch {
  /** Bytes of the fence row after it, as text. */
  readonly fence: string;
  /** Key → value as text; `null`: deleted. */
  readonly changes: ReadonlyMap<string, string | null>;
}

export type UnitRows = ReadonlyMap<string, string>;

export type Verdict = { readonly kind: 'fits'; readonly batches: number } | { readonly kind: 'lost' } | { readonly kind: 'torn' };

/** Name of the fence row. */
export const fenceName = '';

export class UnitHistory {
  #base: UnitRows = new Map();
  readonly #batches: UnitBatch[] = [];
  #acked = 0;

  get submitted(): number {
    return this.#batches.length;
  }

  get acked(): number {
    return this.#acked;
  }

  submit(batch: UnitBatch): void {
    this.#batches.push(batch);
  }

  /** The last submitted batch failed definitely. */
  takeBack(): void {
    this.#batches.pop();
  }

  /** Batches up to this number are acknowledged. */
  acknowledge(batches: number): void {
    if (batches > this.#acked) this.#acked = batches;
  }

  /** Whether these rows are those after one of the batches `from` … `to`. */
  judge(rows: UnitRows, from: number, to: number): Verdict {
    let state = new Map(this.#base);
    let fitsEarlier = false;
    for (let batches = 0; batches <= to; batches += 1) {
      if (batches > 0) state = after(state, this.#batches[batches - 1]);
      if (!sameRows(state, rows)) continue;
      if (batches >= from) return { kind: 'fits', batches };
      fitsEarlier = true;
    }
    return { kind: fitsEarlier ? 'lost' : 'torn' };
  }

  /** The same for one row. */
  judgeRow(key: string, value: string | null, from: number, to: number): Verdict {
    let current = this.#base.get(key) ?? null;
    let fitsEarlier = false;
    for (let batches = 0; batches <= to; batches += 1) {
      if (batches > 0) {
        const batch = this.#batches[batches - 1];
        const change = key === fenceName ? batch.fence : batch.changes.get(key);
        if (change !== undefined) current = change;
      }
      if (current !== value) continue;
      if (batches >= from) return { kind: 'fits', batches };
      fitsEarlier = true;
    }
    return { kind: fitsEarlier ? 'lost' : 'torn' };
  }

  /** A recovery served these rows: from now on they are the truth. */
  settle(rows: UnitRows): void {
    this.#base = new Map(rows);
    this.#batches.length = 0;
    this.#acked = 0;
  }
}

function after(state: UnitRows, batch: UnitBatch): Map<string, string> {
  const next = new Map(state);
  next.set(fenceName, batch.fence);
  for (const [key, value] of batch.changes) {
    if (value === null) next.delete(key);
    else next.set(key, value);
  }
  return next;
}

function sameRows(left: UnitRows, right: UnitRows): boolean {
  if (left.size !== right.size) return false;
  for (const [key, value] of left) if (right.get(key) !== value) return false;
  return true;
}
