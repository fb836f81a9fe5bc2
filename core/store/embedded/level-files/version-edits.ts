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

/** Applies one record to `tables`: number of the file → its size. */
export function applyVersionEdit(record: Uint8Array, tables: Map<number, number>): void {
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
        tables.set(number, reader.varint());
        reader.string();
        reader.string();
        break;
      }
      default:
        throw new LevelFormatError(`holds a field ${field} that this program does not know`);
    }
  }
}
