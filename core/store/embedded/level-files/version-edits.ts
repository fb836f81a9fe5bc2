/** Which tables are live, after the edits of a MANIFEST (LevelDB's version_edit.cc). */
import { ByteReader, LevelFormatError } from './byte-reader.ts';

const Field = {
  comparator: 1,
  logNumber: 2,
  nextFile: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedFile: 6,
  newFile: 7,
  previousLogNumber: 9,
} as const;

/** Keys as the store gave them: from `smallest` to `largest`, both included. */
export interface LiveTable {
  readonly number: number;
  readonly bytes: number;
  readonly smallest: Uint8Array;
  readonly largest: Uint8Array;
}

/** Bytes that LevelDB puts behind each key: sequence number and kind. */
const keyTailBytes = 8;

/** Applies one record to `tables`, which are kept by the number of the file. */
export function applyVersionEdit(record: Uint8Array, tables: Map<number, LiveTable>): void {
  const reader = new ByteReader(record);
  while (!reader.atEnd) {
    const field = reader.varint();
    switch (field) {
      case Field.comparator:
        reader.string();
        break;
      case Field.logNumber:
      case Field.nextFile:
      case Field.lastSequence:
      case Field.previousLogNumber:
        reader.varint();
        break;
      case Field.compactPointer:
        reader.varint();
        reader.string();
        break;
      case Field.deletedFile:
        reader.varint();
        tables.delete(reader.varint());
        break;
      case Field.newFile: {
        reader.varint();
        const number = reader.varint();
        tables.set(number, { number, bytes: reader.varint(), smallest: readKey(reader), largest: readKey(reader) });
        break;
      }
      default:
        throw new LevelFormatError(`holds a field ${field} that this program does not know`);
    }
  }
}

function readKey(reader: ByteReader): Uint8Array {
  const key = reader.string();
  if (key.length < keyTailBytes) throw new LevelFormatError('holds a key that is too short');
  return key.slice(0, key.length - keyTailBytes);
}
