/**
 * Inbox entries at rest, as the bytes of their struct: clean ones that were not used for a while.
 *
 * Method: a user's map holds a *place* instead of the object: the cell where the bytes lie and, in its lowest bit, whether the entry is pinned (its
 * conversation is in memory), so that this can change without waking it.
 */
import { ByteCells } from '../../model/byte-cells.ts';
import { newEntryStruct, readEntryStruct, writeEntryStruct } from '../../protocol/generated/structs.ts';
import { FrameReader } from '../../protocol/reader.ts';
import { FrameWriter } from '../../protocol/writer.ts';
import { assert } from '../assert.ts';
import type { EntryState } from './entry-state.ts';

export class RestingEntries {
  private readonly cells = new ByteCells();
  private readonly struct = newEntryStruct();
  private readonly reader = new FrameReader();
  private readonly writer = new FrameWriter(256);

  /** @returns the place; -1: it has to stay in use */
  pack(entry: EntryState): number {
    this.writer.reset();
    writeEntryStruct(this.writer, entry.fill(this.struct));
    const cell = this.cells.put(this.writer.bytes, 0, this.writer.length);
    return cell < 0 ? -1 : cell * 2 + (entry.pinned ? 1 : 0);
  }

  /** Makes `entry`, which is new, what was packed. */
  unpack(place: number, entry: EntryState): EntryState {
    this.cells.open(place >>> 1, this.reader);
    const whole = readEntryStruct(this.reader, this.struct);
    assert(whole, 'an entry at rest is whole');
    entry.takeRow(this.struct);
    entry.loaded = true;
    entry.pinned = isPinned(place);
    return entry;
  }

  free(place: number): void {
    this.cells.free(place >>> 1);
  }
}

export function isPinned(place: number): boolean {
  return (place & 1) === 1;
}

export function withoutPin(place: number): number {
  return place & ~1;
}
