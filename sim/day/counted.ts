/** The counts at the end of the 24 hours, before the roll call adds to them. */
import type { Day } from './day.ts';
import type { Work } from './work.ts';

export interface Counted {
  readonly messages: number;
  readonly work: Readonly<Work>;
  readonly store: {
    readonly batches: number;
    readonly rows: number;
    readonly bytesWritten: number;
    readonly gets: number;
    readonly scans: number;
    readonly rowsRead: number;
  };
  readonly slots: { readonly messages: Float64Array; readonly frames: Float64Array; readonly bytes: Float64Array };
  /** By slot of the users table. */
  readonly unitRows: readonly number[];
  readonly unitBytes: readonly number[];
  readonly unitBatches: readonly number[];
}

export function count(day: Day): Counted {
  const { store, population, slotCounts } = day;
  const sum = (of: (unit: { batches: number; rows: number; bytes: number }) => number): number =>
    store.units.reduce((total, unit) => total + of(unit), 0);
  const users = store.units.slice(0, population.slots);
  return {
    messages: day.log.events,
    work: { ...day.work },
    store: {
      batches: sum((unit) => unit.batches),
      rows: sum((unit) => unit.rows),
      bytesWritten: sum((unit) => unit.bytes),
      gets: store.gets,
      scans: store.scans,
      rowsRead: store.rowsRead,
    },
    slots: { messages: slotCounts.messages.slice(), frames: slotCounts.frames.slice(), bytes: slotCounts.bytes.slice() },
    unitRows: users.map((unit) => unit.rows),
    unitBytes: users.map((unit) => unit.bytes),
    unitBatches: users.map((unit) => unit.batches),
  };
}
