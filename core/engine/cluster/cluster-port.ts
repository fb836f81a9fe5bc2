/**
 * Inputs and effects of the cluster machine: one a node, beside its edge and its owner.
 *
 * Its clock is the host's (core/engine/machine.ts). A lease is counted on it, so it has to run within 5 % of true time and may jump forward
 * only. All rows lie in the store's cluster table and are changed by compare-and-set.
 */
import type { GetResult, ScanRequest, ScanResult, WriteOutcome } from '../../store/port.ts';
import type { Machine, Node } from '../machine.ts';

export type ClusterInput =
  | { readonly kind: 'got'; readonly id: number; readonly result: GetResult }
  | { readonly kind: 'scanned'; readonly id: number; readonly result: ScanResult }
  /** Answer to `compareAndSet`. */
  | { readonly kind: 'set'; readonly id: number; readonly outcome: WriteOutcome }
  /** Answer to `drawRandom`: 64 random bits from the operating system. */
  | { readonly kind: 'random'; readonly id: number; readonly high: number; readonly low: number }
  /** The owner let go of everything that version `version` gave to others. */
  | { readonly kind: 'settled'; readonly version: number }
  /** An owner said that by this version a partition is that node's; taken at its word until the assignment can be read. */
  | { readonly kind: 'moved'; readonly partition: number; readonly owner: Node; readonly version: number }
  /** Give all partitions to others; `relieved` tells when they are. */
  | { readonly kind: 'drain' }
  /** Nothing is held any more: say so and end. `ended` tells when it is said. */
  | { readonly kind: 'leave' }
  | { readonly kind: 'tick' };

export interface ClusterOut {
  clusterGet(id: number, key: Uint8Array): void;
  clusterScan(id: number, request: ScanRequest): void;
  compareAndSet(id: number, key: Uint8Array, expected: Uint8Array | null, value: Uint8Array): void;
  drawRandom(id: number): void;
  /** What this node's owner may hold from now on, by partition (`Holding`); a view, valid during the call. */
  assigned(holdings: Uint8Array, version: number): void;
  /** This node's owner may serve until then. Never goes back, but for 0: at once no more. */
  lease(untilMs: number): void;
  /** `ownerOf` answers anew: sessions whose owner changed register again. */
  ownersChanged(): void;
}

export type ClusterMachine = Machine<ClusterInput, ClusterOut> & {
  ownerOf(partition: number): Node;
  readonly relieved: boolean;
  readonly ended: boolean;
  readonly counters: Readonly<Record<string, number>>;
};
