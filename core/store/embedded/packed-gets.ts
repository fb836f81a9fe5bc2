/**
 * The gets of one turn of the event loop as one message to the index worker, and their values as one message back.
 *
 * Method: keys are appended to one array of bytes, `[u8 table][u16 keyBytes][key]`; values come back in the same order, `[u8 state][u32
 * valueBytes][value]`. A message of its own for each get, with its array for each key, cost more than the get itself.
 */
import type { GetResult, Table } from '../port.ts';

const keyHeaderBytes = 3;
const valueHeaderBytes = 5;

/** What a get found. */
const ValueState = { absent: 0, present: 1, unreadable: 2 } as const;

export type GetDone = (result: GetResult) => void;

/** Gathers gets until they are taken. */
export class GetPacker {
  private bytes = new Uint8Array(4096);
  private length = 0;
  private done: GetDone[] = [];

  get count(): number {
    return this.done.length;
  }

  add(table: Table, key: Uint8Array, done: GetDone): void {
    const end = this.length + keyHeaderBytes + key.length;
    if (end > this.bytes.length) this.bytes = longer(this.bytes, this.length, end);
    const { bytes, length } = this;
    bytes[length] = table;
    bytes[length + 1] = key.length >> 8;
    bytes[length + 2] = key.length;
    bytes.set(key, length + keyHeaderBytes);
    this.length = end;
    this.done.push(done);
  }

  /** What was gathered, and who waits for it; empty from then on. */
  take(): { readonly keys: Uint8Array; readonly done: readonly GetDone[] } {
    const taken = { keys: this.bytes.slice(0, this.length), done: this.done };
    this.length = 0;
    this.done = [];
    return taken;
  }
}

/** The keys of a message, each with its table byte before it: as they stand in the index. */
export function unpackIndexKeys(keys: Uint8Array): Uint8Array[] {
  const unpacked: Uint8Array[] = [];
  for (let at = 0; at < keys.length; ) {
    const end = at + keyHeaderBytes + ((keys[at + 1] << 8) | keys[at + 2]);
    // The table byte takes the place of the length's last.
    const table = keys[at];
    keys[at + 2] = table;
    unpacked.push(keys.subarray(at + 2, end));
    at = end;
  }
  return unpacked;
}

/** Values in the order of their keys. `null`: no such row; `undefined`: could not be read. */
export class ValuePacker {
  private bytes = new Uint8Array(4096);
  private length = 0;

  add(value: Uint8Array | null | undefined, valueBytes: number): void {
    const size = value === null || value === undefined ? 0 : valueBytes;
    const end = this.length + valueHeaderBytes + size;
    if (end > this.bytes.length) this.bytes = longer(this.bytes, this.length, end);
    const { bytes, length } = this;
    bytes[length] = value === undefined ? ValueState.unreadable : value === null ? ValueState.absent : ValueState.present;
    bytes[length + 1] = size >>> 24;
    bytes[length + 2] = size >>> 16;
    bytes[length + 3] = size >>> 8;
    bytes[length + 4] = size;
    if (value !== null && value !== undefined) bytes.set(value.subarray(0, size), length + valueHeaderBytes);
    this.length = end;
  }

  take(): Uint8Array {
    const taken = this.bytes.slice(0, this.length);
    this.length = 0;
    return taken;
  }
}

/** Answers each get of a message. `values` null: nothing could be read. */
export function answerGets(done: readonly GetDone[], values: Uint8Array | null): void {
  let at = 0;
  for (const answer of done) {
    if (values === null || values[at] === ValueState.unreadable) {
      answer({ kind: 'unavailable' });
      at += valueHeaderBytes;
      continue;
    }
    const size = ((values[at + 1] << 24) | (values[at + 2] << 16) | (values[at + 3] << 8) | values[at + 4]) >>> 0;
    const start = at + valueHeaderBytes;
    at = start + size;
    answer({ kind: 'ok', value: values[start - valueHeaderBytes] === ValueState.absent ? null : values.slice(start, at) });
  }
}

function longer(bytes: Uint8Array, length: number, needed: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(2 * needed);
  grown.set(bytes.subarray(0, length));
  return grown;
}
