/** What the main thread and the index worker tell each other. Rows of records travel in shared memory, not in messages. */

import type { IndexMark } from './machines/ports.ts';

export interface WorkerOptions {
  readonly directory: string;
  /** So many bytes of tables are verified before the index is opened, the rest behind. */
  readonly verifyAtOpenBytesMax: number;
}

/** Where a record's rows stand in shared memory. */
export interface RecordPlace {
  readonly lsn: number;
  /** Number of the buffer. */
  readonly id: number;
  readonly from: number;
  readonly to: number;
}

/** `token` names the question in the answer. */
export type ToWorker =
  | { readonly kind: 'open'; readonly token: number; readonly storeWord: number; readonly mark: IndexMark }
  | { readonly kind: 'buffer'; readonly id: number; readonly memory: SharedArrayBuffer }
  | { readonly kind: 'dropBuffer'; readonly id: number }
  | { readonly kind: 'apply'; readonly records: readonly RecordPlace[] }
  | { readonly kind: 'hurry' }
  | { readonly kind: 'sync'; readonly token: number; readonly lsn: number }
  | { readonly kind: 'reopen'; readonly token: number }
  | { readonly kind: 'clear'; readonly token: number }
  /** Keys and values as `packed-gets.ts` packs them. */
  | { readonly kind: 'gets'; readonly token: number; readonly keys: Uint8Array }
  | {
      readonly kind: 'scan';
      readonly token: number;
      readonly table: number;
      readonly start: Uint8Array;
      readonly end: Uint8Array;
      readonly limit: number;
      readonly reverse: boolean;
      readonly bytesMax: number;
    }
  | { readonly kind: 'close'; readonly token: number };

export type FromWorker =
  | { readonly kind: 'opened'; readonly token: number; readonly empty: boolean; readonly syncedLsn: number }
  | { readonly kind: 'openDamaged'; readonly token: number; readonly file: string; readonly what: string }
  | { readonly kind: 'openFailed'; readonly token: number; readonly what: string }
  | { readonly kind: 'applied'; readonly epoch: number; readonly lsn: number }
  | { readonly kind: 'applyFailed'; readonly epoch: number; readonly what: string }
  | { readonly kind: 'done'; readonly token: number; readonly ok: boolean }
  | { readonly kind: 'synced'; readonly token: number; readonly mark: IndexMark | null }
  | { readonly kind: 'values'; readonly token: number; readonly values: Uint8Array }
  | {
      readonly kind: 'rows';
      readonly token: number;
      readonly ok: boolean;
      readonly rows: Uint8Array;
      readonly count: number;
      readonly more: boolean;
    }
  | { readonly kind: 'report'; readonly what: string };
