/**
 * Rows, values and timestamps of the benchmark, the same for every client (JavaClient.java makes them alike).
 *
 * A row is `[letter of its region][kind of row][u16][u64]`, 12 bytes.
 */
import { randomInt } from 'node:crypto';

export const regions = 6;
/** Begins of pages: so many ranges of so many rows. */
export const prefixes = 240;
export const rowsOfPrefix = 100;
/** Above every clock until 2039: explicit timestamps, as the store writes them. */
export const firstTimestamp = 2 ** 41;
export const family = Buffer.from('f');
export const qualifier = Buffer.from('q');

const letterA = 0x61;
const valueBytes = 100;
const values = Array.from({ length: 1024 }, () => Uint8Array.from({ length: valueBytes }, () => randomInt(256)));

/** Where the table's regions begin, after the first. */
export const splitKeys: readonly Uint8Array[] = Array.from({ length: regions - 1 }, (_, index) => Uint8Array.of(letterA + index + 1));

export type RowKind = 'm' | 'p' | 'o' | 'r';

export function row(letter: number, kind: RowKind, number: number, high: number, low: number): Uint8Array {
  const bytes = new Uint8Array(12);
  bytes[0] = letterA + letter;
  bytes[1] = kind.charCodeAt(0);
  bytes[2] = number >>> 8;
  bytes[3] = number;
  setNumber(bytes, 4, high);
  setNumber(bytes, 8, low);
  return bytes;
}

export function randomRow(letter: number): Uint8Array {
  return row(letter, 'm', Math.random() * 65_536, Math.random() * 2 ** 32, Math.random() * 2 ** 32);
}

export function randomLetter(): number {
  return Math.floor(Math.random() * regions);
}

export function randomValue(): Uint8Array {
  return values[Math.floor(Math.random() * values.length)];
}

/** The fence's value: the number of its batch in 8 bytes. */
export function numberBytes(number: number): Uint8Array {
  const bytes = new Uint8Array(8);
  setNumber(bytes, 0, Math.floor(number / 2 ** 32));
  setNumber(bytes, 4, number);
  return bytes;
}

/** A random page of `rows` rows. */
export function randomPage(rows: number): { readonly start: Uint8Array; readonly stop: Uint8Array } {
  const letter = randomLetter();
  const prefix = Math.floor((Math.random() * prefixes) / regions);
  const first = Math.floor(Math.random() * (rowsOfPrefix - rows + 1));
  return { start: row(letter, 'p', prefix, 0, first), stop: row(letter, 'p', prefix, 0, rowsOfPrefix) };
}

function setNumber(bytes: Uint8Array, at: number, number: number): void {
  bytes[at] = number / 2 ** 24;
  bytes[at + 1] = number / 2 ** 16;
  bytes[at + 2] = number / 2 ** 8;
  bytes[at + 3] = number;
}
