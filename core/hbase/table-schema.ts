/** Tables and their families as messages (TableSchema, ColumnFamilySchema of HBase.proto): attributes are pairs of texts. */
import { ascii, latin1 } from './byte-strings.ts';
import { bytesField, messageField, readFields, type Writer } from './fields.ts';
import { readTableName, writeTableName } from './server-name.ts';

export interface FamilySchema {
  readonly name: string;
  /** As Java's ColumnFamilyDescriptorBuilder names them: VERSIONS, TTL, COMPRESSION, DATA_BLOCK_ENCODING, BLOOMFILTER, … */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface TableSchema {
  /** `name` or `namespace:name`. */
  readonly name: string;
  /** SPLIT_POLICY, DURABILITY, `coprocessor$1`, … */
  readonly attributes: Readonly<Record<string, string>>;
  readonly families: readonly FamilySchema[];
}

export function writeTableSchema(writer: Writer, table: TableSchema): void {
  messageField(writer, 1, (name) => writeTableName(name, table.name));
  writePairs(writer, table.attributes);
  for (const family of table.families) {
    messageField(writer, 3, (inner) => {
      bytesField(inner, 1, ascii(family.name));
      writePairs(inner, family.attributes);
    });
  }
}

function writePairs(writer: Writer, pairs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(pairs)) {
    messageField(writer, 2, (pair) => {
      bytesField(pair, 1, ascii(name));
      bytesField(pair, 2, ascii(value));
    });
  }
}

export function readTableSchema(message: Uint8Array): TableSchema {
  const table = { name: '', attributes: {} as Record<string, string>, families: [] as FamilySchema[] };
  readFields(message, (field, reader) => {
    if (field === 1) table.name = readTableName(reader.bytes());
    else if (field === 2) readPair(reader.bytes(), table.attributes);
    else if (field === 3) table.families.push(readFamily(reader.bytes()));
    else return false;
    return true;
  });
  return table;
}

function readFamily(message: Uint8Array): FamilySchema {
  const family = { name: '', attributes: {} as Record<string, string> };
  readFields(message, (field, reader) => {
    if (field === 1) family.name = latin1(reader.bytes());
    else if (field === 2) readPair(reader.bytes(), family.attributes);
    else return false;
    return true;
  });
  return family;
}

function readPair(message: Uint8Array, into: Record<string, string>): void {
  let name = '';
  let value = '';
  readFields(message, (field, reader) => {
    if (field === 1) name = latin1(reader.bytes());
    else if (field === 2) value = latin1(reader.bytes());
    else return false;
    return true;
  });
  into[name] = value;
}
