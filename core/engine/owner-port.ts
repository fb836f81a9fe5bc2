/**
 * Inputs and effects of the owner role: home owner, user owner and names owner of the partitions of one node, over the slots
 * they share.
 */
import type { GetResult, ScanRequest, ScanResult, StoreWrite, Table, WriteOutcome } from '../store/port.ts';
import type { Machine, Node } from './machine.ts';

export type OwnerInput =
  /** A run of link frames from an edge or another owner (this node too), all of `bytes` or the part `[start, end)`. */
  | { readonly kind: 'link'; readonly from: Node; readonly bytes: Uint8Array; readonly start?: number; readonly end?: number }
  /** The link to this node broke: its registrations are dead, what was told to it may be lost. */
  | { readonly kind: 'linkLost'; readonly node: Node }
  /** …and is there again: watermarks that were told over it may have been lost. */
  | { readonly kind: 'linkRemade'; readonly node: Node }
  /** The directory answers anew: what was told to a partition's former owner may have reached nobody. */
  | { readonly kind: 'ownersChanged' }
  | { readonly kind: 'written'; readonly id: number; readonly outcome: WriteOutcome }
  | { readonly kind: 'got'; readonly id: number; readonly result: GetResult }
  | { readonly kind: 'scanned'; readonly id: number; readonly result: ScanResult }
  /** Answer to `drawRandom`: 64 random bits from the operating system. */
  | { readonly kind: 'random'; readonly id: number; readonly high: number; readonly low: number }
  /** Start the sweep for slots with open obligations, of all partitions or `[from, to)` (after a start or a take-over). */
  | { readonly kind: 'sweep'; readonly fromPartition?: number; readonly toPartition?: number }
  /**
   * What may be held of each partition (`Holding`), by this version of the assignment. What is lost is written out and released; `settled`
   * tells when. Without this input everything is held: a node alone.
   */
  | { readonly kind: 'assigned'; readonly holdings: Uint8Array; readonly version: number }
  /** Reads, registrations and verdicts are served until then. Without this input: for ever. */
  | { readonly kind: 'lease'; readonly untilMs: number }
  /** Stop taking work; write what gathered, then release the slots. `drained()` tells when. */
  | { readonly kind: 'drain' }
  | { readonly kind: 'tick' };

export interface OwnerOut {
  toNode(node: Node, bytes: Uint8Array, start: number, end: number): void;
  /** The request and its bytes are valid during the call only. */
  storeWrite(request: StoreWrite): void;
  storeGet(id: number, table: Table, key: Uint8Array): void;
  storeScan(id: number, request: ScanRequest): void;
  drawRandom(id: number): void;
  /** Nothing is held any more that version `version` gave to others. */
  settled(version: number): void;
}

export type OwnerMachine = Machine<OwnerInput, OwnerOut> & {
  /** After `drain`: nothing gathers and nothing is in flight. */
  drained(): boolean;
  /** Counters for metrics and for the simulator's `sometimes`, by name. */
  readonly counters: Readonly<Record<string, number>>;
};
