/**
 * Which region holds a row, as far as is known: sorted on bytes, one list a table, without sockets.
 *
 * An entry that failed is not removed but marked: it is looked up again, and an older opening of the same region is never taken in its
 * place, so reads do not go back to a server that writes have left (DESIGN 7). Java AsyncNonMetaRegionLocator, gohbase caches.go.
 */
import { compareKeys, equalKeys } from './byte-strings.ts';
import type { ServerAddress } from './errors.ts';
import type { RegionLocation } from './server-name.ts';

interface Entry {
  location: RegionLocation;
  failed: boolean;
}

export class LocationCache {
  private readonly tables = new Map<string, Entry[]>();

  /** The region that holds `row`, or `before`: the one that holds the greatest key below `row` (empty: the last region). */
  find(table: string, row: Uint8Array, before: boolean = false): RegionLocation | null {
    const entries = this.tables.get(table) ?? [];
    const at = before && row.length === 0 ? entries.length - 1 : lastStartingBefore(entries, row, before);
    if (at < 0) return null;
    const { location, failed } = entries[at];
    return !failed && covers(location, row, before) ? location : null;
  }

  /** Takes what hbase:meta said; regions it overlaps and that are older go. @returns false when something younger is known. */
  put(location: RegionLocation): boolean {
    const entries = this.tables.get(location.table) ?? [];
    const overlapping = entries.filter((entry) => overlaps(entry.location, location));
    if (overlapping.some((entry) => isYounger(entry.location, location))) return false;
    const kept = entries.filter((entry) => !overlapping.includes(entry));
    kept.splice(lastStartingBefore(kept, location.startKey, false) + 1, 0, { location, failed: false });
    this.tables.set(location.table, kept);
    return true;
  }

  /** A call to that very location failed: an entry that was renewed meanwhile stays. */
  fail(location: RegionLocation): void {
    const entry = (this.tables.get(location.table) ?? []).find((each) => equalKeys(each.location.regionName, location.regionName));
    if (entry !== undefined && entry.location.seqNum <= location.seqNum && sameServer(entry.location, location)) entry.failed = true;
  }

  /** The server said where the region went: it is tried there; hbase:meta is asked only if that fails, too. */
  move(location: RegionLocation, to: ServerAddress): void {
    const entry = (this.tables.get(location.table) ?? []).find((each) => equalKeys(each.location.regionName, location.regionName));
    if (entry === undefined || !sameServer(entry.location, location)) return;
    entry.location = { ...entry.location, server: { ...to, startCode: 0 } };
    entry.failed = false;
  }

  /** A server is gone: everything it held is looked up again. */
  failServer(server: ServerAddress): void {
    for (const entries of this.tables.values()) {
      for (const entry of entries) {
        if (entry.location.server?.host === server.host && entry.location.server.port === server.port) entry.failed = true;
      }
    }
  }

  /** A table that was removed or made anew. */
  forget(table: string): void {
    this.tables.delete(table);
  }

  regionsOf(table: string): readonly RegionLocation[] {
    return (this.tables.get(table) ?? []).filter((entry) => !entry.failed).map((entry) => entry.location);
  }
}

/** Whether the region holds `row`; `before`: the greatest key below `row`. */
export function covers({ startKey, endKey }: RegionLocation, row: Uint8Array, before: boolean = false): boolean {
  if (!before) return compareKeys(startKey, row) <= 0 && (endKey.length === 0 || compareKeys(row, endKey) < 0);
  if (row.length === 0) return endKey.length === 0;
  return compareKeys(startKey, row) < 0 && (endKey.length === 0 || compareKeys(row, endKey) <= 0);
}

/** Index of the last entry that starts at or before `row` (`strictly`: before); -1: none. */
function lastStartingBefore(entries: readonly Entry[], row: Uint8Array, strictly: boolean): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareKeys(entries[middle].location.startKey, row);
    if (order < 0 || (order === 0 && !strictly)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function overlaps(left: RegionLocation, right: RegionLocation): boolean {
  const leftEndsFirst = left.endKey.length > 0 && compareKeys(left.endKey, right.startKey) <= 0;
  const rightEndsFirst = right.endKey.length > 0 && compareKeys(right.endKey, left.startKey) <= 0;
  return !leftEndsFirst && !rightEndsFirst;
}

/** A region made later (a daughter), or the same one opened later. */
function isYounger(known: RegionLocation, offered: RegionLocation): boolean {
  if (equalKeys(known.regionName, offered.regionName)) return known.seqNum > offered.seqNum;
  return known.regionId > offered.regionId;
}

function sameServer(left: RegionLocation, right: RegionLocation): boolean {
  return left.server?.host === right.server?.host && left.server?.port === right.server?.port;
}
