/** What a tab needs of its world. */
import type { Limits } from '../core/protocol/limits.ts';
import type { Network, NodeEnd } from './network.ts';
import type { Recorder } from './recorder.ts';
import type { Scheduler } from './scheduler.ts';

export interface UserWorld {
  readonly seed: number;
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly recorder: Recorder;
  readonly clientLimits: Limits;
  readonly tokenMs: number;
  readonly tailEventsMax: number;
  readonly storeUsMax: number;
  /** User ids by index; 0: not known yet. */
  readonly userIds: readonly number[];
  /** The node that a connection of this tab reaches. */
  nodeFor(tab: number): NodeEnd;
  crashed(error: unknown): void;
  sometimes(name: string): void;
}
