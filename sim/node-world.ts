/** What a node sees of the world it runs in. */
import type { Limits } from '../core/protocol/limits.ts';
import type { CacheModel } from './cache-model.ts';
import type { Link } from './network.ts';
import type { Peers } from './peers.ts';
import type { Scheduler } from './scheduler.ts';
import type { StoreModel } from './store-model.ts';

export interface NodeOptions {
  /** A turn follows its input by at most so long. */
  readonly turnUsMax: number;
}

export interface NodeWorld {
  /** Links to other nodes. */
  readonly peers: Peers;
  /** The node is one of several. */
  readonly isCluster: boolean;
  readonly scheduler: Scheduler;
  readonly store: StoreModel;
  /** undefined: none. */
  readonly cache: CacheModel | undefined;
  readonly limits: Limits;
  readonly storeId: { readonly high: number; readonly low: number };
  /** A server frame leaves for a client: `bytes[start, end)`. */
  tapDown(node: string, bytes: Uint8Array, start: number, end: number): void;
  /** A link frame leaves an owner. */
  tapOwner(node: string, bytes: Uint8Array, start: number, end: number): void;
  /** The node's end of a connection is gone. */
  nodeEndClosed(link: Link): void;
  /** A random id for a user who may be new. */
  newUser(name: string): number;
  /** A machine threw: an internal impossibility. */
  crashed(error: unknown): void;
}
