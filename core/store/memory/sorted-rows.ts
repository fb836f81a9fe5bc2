/**
 * A map from byte keys to byte values in key order, for the memory model.
 *
 * Method: a list of short sorted leaves; an insert moves at most one leaf's rows, so a million rows stay quick without
 * the machinery of a tree.
 */
import { compareBytes } from '../../model/byte-order.ts';
import type { Row } from '../port.ts';

const leafRowsMax = 256;

export class SortedRows {
  #leaves: Row[][] = [[]];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: Uint8Array): Uint8Array | null {
    const leaf = this.#leaves[this.#leafOf(key)];
    const index = firstAtOrAfter(leaf, key);
    return index < leaf.length && compareBytes(leaf[index].key, key) === 0 ? leaf[index].value : null;
  }

  /** Keeps the arrays it is given. */
  set(key: Uint8Array, value: Uint8Array): void {
    const leafIndex = this.#leafOf(key);
    const leaf = this.#leaves[leafIndex];
    const index = firstAtOrAfter(leaf, key);
    if (index < leaf.length && compareBytes(leaf[index].key, key) === 0) {
      leaf[index] = { key: leaf[index].key, value };
      return;
    }
    leaf.splice(index, 0, { key, value });
    this.#size += 1;
    if (leaf.length > leafRowsMax) this.#leaves.splice(leafIndex + 1, 0, leaf.splice(leafRowsMax >> 1));
  }

  delete(key: Uint8Array): void {
    const leafIndex = this.#leafOf(key);
    const leaf = this.#leaves[leafIndex];
    const index = firstAtOrAfter(leaf, key);
    if (index >= leaf.length || compareBytes(leaf[index].key, key) !== 0) return;
    leaf.splice(index, 1);
    this.#size -= 1;
    if (leaf.length === 0 && this.#leaves.length > 1) this.#leaves.splice(leafIndex, 1);
  }

  /** Rows with `start <= key < end`, ascending or descending, until `take` says false. */
  walk(start: Uint8Array, end: Uint8Array, reverse: boolean, take: (row: Row) => boolean): void {
    if (reverse) this.#walkDown(start, end, take);
    else this.#walkUp(start, end, take);
  }

  #walkUp(start: Uint8Array, end: Uint8Array, take: (row: Row) => boolean): void {
    let leafIndex = this.#leafOf(start);
    let index = firstAtOrAfter(this.#leaves[leafIndex], start);
    for (; leafIndex < this.#leaves.length; leafIndex += 1, index = 0) {
      const leaf = this.#leaves[leafIndex];
      for (; index < leaf.length; index += 1) {
        if (compareBytes(leaf[index].key, end) >= 0 || !take(leaf[index])) return;
      }
    }
  }

  #walkDown(start: Uint8Array, end: Uint8Array, take: (row: Row) => boolean): void {
    let leafIndex = this.#leafOf(end);
    let index = firstAtOrAfter(this.#leaves[leafIndex], end) - 1;
    while (leafIndex >= 0) {
      const leaf = this.#leaves[leafIndex];
      for (; index >= 0; index -= 1) {
        if (compareBytes(leaf[index].key, start) < 0 || !take(leaf[index])) return;
      }
      leafIndex -= 1;
      if (leafIndex >= 0) index = this.#leaves[leafIndex].length - 1;
    }
  }

  /** The last leaf whose first key is not above `key`; the first one when there is none. */
  #leafOf(key: Uint8Array): number {
    let low = 0;
    let high = this.#leaves.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (compareBytes(this.#leaves[middle][0].key, key) <= 0) low = middle;
      else high = middle;
    }
    return low;
  }
}

function firstAtOrAfter(leaf: readonly Row[], key: Uint8Array): number {
  let low = 0;
  let high = leaf.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes(leaf[middle].key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
