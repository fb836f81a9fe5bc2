/** What the parts of a day share. */
import type { BytePool } from './byte-pool.ts';
import type { Connections } from './connections.ts';
import type { DayStore } from './day-store.ts';
import type { DayTime } from './day-time.ts';
import type { Draws } from './draws.ts';
import type { EventWheel } from './event-wheel.ts';
import type { SlotCounts } from './slot-counts.ts';
import type { Work } from './work.ts';

export interface DayWorld {
  readonly time: DayTime;
  readonly wheel: EventWheel;
  readonly pool: BytePool;
  readonly draws: Draws;
  readonly work: Work;
  readonly slotCounts: SlotCounts;
  readonly store: DayStore;
  readonly connections: Connections;
  readonly storeIdHigh: number;
  readonly storeIdLow: number;
}
