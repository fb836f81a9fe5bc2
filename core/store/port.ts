/**
 * The store port: what the engine may ask of a message store, and every answer it may get (DESIGN 7).
 *
 * Method: a store is told rows as bytes and one condition a write: the fence row of the write's unit must hold exactly
 * the expected bytes. The store compares bytes only; what a fence means is the engine's business. Keys are compared as
 * unsigned bytes. Every implementation (memory, embedded, later HBase) passes the same conformance suite.
 */

/** Tables of DESIGN 7. The number is stored; never renumber. */
export const Table = { users: 1, groups: 2, names: 3, cluster: 4 } as const;
export type Table = (typeof Table)[keyof typeof Table];

/** Kinds of operation inside an encoded batch. */
export const RowOp = { put: 1, delete: 2 } as const;
export type RowOp = (typeof RowOp)[keyof typeof RowOp];

/**
 * One conditional, atomic batch: all rows lie in one unit (table, partition, slot), at most one operation a row.
 *
 * `ops` is a run of `[u8 op][u8 table][u16 keyBytes][u32 valueBytes][key][value]`, big-endian, as core/model/row-batch.ts
 * writes it; the first op puts the fence row. The store must copy what it keeps: the view is valid during the call only.
 */
export interface StoreWrite {
  /** Chosen by the caller; names the attempt's batch in the answer. The same bytes are sent again under the same id. */
  readonly id: number;
  readonly table: Table;
  readonly partition: number;
  readonly slot: number;
  /** Key of the fence row on which the condition lies. */
  readonly fenceKey: Uint8Array;
  /** Bytes the fence row must hold; `null`: the row must not exist. */
  readonly expectedFence: Uint8Array | null;
  readonly ops: Uint8Array;
  readonly opCount: number;
}

/**
 * - `ok`: durable at the store's stated durability.
 * - `conditionFalse`: the fence row holds other bytes; nothing of this attempt was applied. (An earlier attempt of the same
 *   bytes may have been: the caller reads the fence row, DESIGN 4.)
 * - `failed`: a definite failure: this attempt was never appended and never will be. `busy`: come again soon (a lagging
 *   index, a full queue). `unavailable`: the store cannot append now (disk full).
 * - `unknown`: it may be applied now, later or never. The caller sends the same bytes again.
 */
export type WriteOutcome =
  | { readonly kind: 'ok' }
  | { readonly kind: 'conditionFalse' }
  | { readonly kind: 'failed'; readonly reason: 'busy' | 'unavailable' }
  | { readonly kind: 'unknown' };

export interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Rows with `start <= key < end`, ascending (or from the end down with `reverse`), at most `limit` of them. */
export interface ScanRequest {
  readonly table: Table;
  readonly start: Uint8Array;
  readonly end: Uint8Array;
  readonly limit: number;
  readonly reverse: boolean;
  /** Stop after the row that passes this many bytes of keys and values; at least one row is given. */
  readonly bytesMax: number;
  /** The range lies in one conversation's log, all of it durable; a copy of its rows may answer, if it has this version. */
  readonly log?: LogVersion;
}

/** What tells a good copy of a log's rows from an old one: every change of a row comes with a new event of the same log. */
export interface LogVersion {
  /** Seq of the newest durable event when the read is asked for. */
  readonly head: number;
  /** The newest event that changed an earlier row, at most: a row read when the head was here or beyond is as it stands now. */
  readonly changed: number;
}

export type GetResult = { readonly kind: 'ok'; readonly value: Uint8Array | null } | { readonly kind: 'unavailable' };
/** `more`: the range holds rows beyond those given. */
export type ScanResult = { readonly kind: 'ok'; readonly rows: readonly Row[]; readonly more: boolean } | { readonly kind: 'unavailable' };

/**
 * A message store as the host sees it. Answers come through callbacks, never before the call returned; no answer is lost
 * while the process lives. A read sees every write whose `ok` was told before the read began.
 */
export interface Store {
  write(request: StoreWrite, done: (outcome: WriteOutcome) => void): void;
  get(table: Table, key: Uint8Array, done: (result: GetResult) => void): void;
  scan(request: ScanRequest, done: (result: ScanResult) => void): void;
  /** Cluster rows: sets `key` to `value` only if it holds `expected` now (`null`: does not exist). */
  compareAndSet(key: Uint8Array, expected: Uint8Array | null, value: Uint8Array, done: (outcome: WriteOutcome) => void): void;
  /** Finishes what is in flight, makes a checkpoint where there is one, releases the directory. */
  close(done: () => void): void;
}
