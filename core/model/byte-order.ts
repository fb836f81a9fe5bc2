/** Order and equality of byte strings as every store has them: unsigned bytes, a prefix before what it begins. */

/** Negative, zero or positive as `left` stands before, at or after `right`. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  return compareRanges(left, 0, left.length, right, 0, right.length);
}

/** The same for `left[leftFrom, leftTo)` and `right[rightFrom, rightTo)`, without slices. */
export function compareRanges(
  left: Uint8Array,
  leftFrom: number,
  leftTo: number,
  right: Uint8Array,
  rightFrom: number,
  rightTo: number,
): number {
  const leftLength = leftTo - leftFrom;
  const rightLength = rightTo - rightFrom;
  const shared = leftLength < rightLength ? leftLength : rightLength;
  for (let index = 0; index < shared; index += 1) {
    const difference = left[leftFrom + index] - right[rightFrom + index];
    if (difference !== 0) return difference;
  }
  return leftLength - rightLength;
}

export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && equalRanges(left, 0, right, 0, left.length);
}

/** Whether `length` bytes at `leftFrom` and at `rightFrom` are the same. */
export function equalRanges(left: Uint8Array, leftFrom: number, right: Uint8Array, rightFrom: number, length: number): boolean {
  for (let index = 0; index < length; index += 1) {
    if (left[leftFrom + index] !== right[rightFrom + index]) return false;
  }
  return true;
}
