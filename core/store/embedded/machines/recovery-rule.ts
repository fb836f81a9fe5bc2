/**
 * The recovery rule (DESIGN 7, models/store `pol=P2,ignempty,orphan`): which records does the journal hold, or what is
 * damaged?
 *
 * A segment without a whole record counts for nothing. Each other one begins at the number after the last whole record before
 * it, or with that same record again. A number missing above the checkpoint, or a whole record above the end anywhere, is
 * damage: only the very last record can be lost without a trace, for it looks like a write that did not finish.
 */
import type { SegmentSummary } from './segment-scan.ts';

export interface Damage {
  readonly kind: 'damaged';
  /** Name of the file in the store's directory. */
  readonly file: string;
  readonly what: string;
}

export interface Journal {
  readonly kind: 'whole';
  /** Segments that count, oldest first. */
  readonly segments: readonly SegmentSummary[];
  /** Last record. */
  readonly endLsn: number;
}

export function judgeJournal(files: readonly SegmentSummary[], checkpointLsn: number): Journal | Damage {
  const segments = files
    .filter((file) => file.header !== null && file.records > 0)
    .sort((left, right) => segmentOf(left) - segmentOf(right));
  let wanted = checkpointLsn + 1;
  for (let index = 0; index < segments.length; index += 1) {
    const file = segments[index];
    const first = firstOf(file);
    if (first > wanted) return gap(files, segments, index, wanted, first);
    if (first > checkpointLsn && first + 1 < wanted) {
      return damaged(file.name, `begins with record ${first} although records up to ${wanted - 1} stand before it`);
    }
    if (file.hole && first + file.records > checkpointLsn) {
      return damaged(file.name, `record ${first + file.records} is not whole, later ones are`);
    }
    wanted = Math.max(wanted, first + file.records);
  }
  const orphan = files.find((file) => file.wholeLsnMax >= wanted);
  if (orphan !== undefined) return damaged(orphan.name, `holds record ${orphan.wholeLsnMax} although the journal ends with ${wanted - 1}`);
  return { kind: 'whole', segments, endLsn: wanted - 1 };
}

/** Names the file that most likely lost the records: one that holds such records without a readable header, else the one before the gap. */
function gap(files: readonly SegmentSummary[], segments: readonly SegmentSummary[], index: number, wanted: number, first: number): Damage {
  const headless = files.find((file) => file.header === null && file.wholeLsnMax >= wanted);
  const suspect = headless ?? segments[index - 1] ?? segments[index];
  return damaged(suspect.name, `records ${wanted} to ${first - 1} are missing; ${segments[index].name} begins with ${first}`);
}

function damaged(file: string, what: string): Damage {
  return { kind: 'damaged', file, what };
}

function segmentOf(file: SegmentSummary): number {
  return file.header === null ? 0 : file.header.segment;
}

function firstOf(file: SegmentSummary): number {
  return file.header === null ? 0 : file.header.firstLsn;
}
