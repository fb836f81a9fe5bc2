/** ServerName, TableName and RegionInfo of HBase.proto, and the rows of hbase:meta that hold them. */

import { ascii, latin1 } from './byte-strings.ts';
import type { Cell } from './cells.ts';
import type { ServerAddress } from './errors.ts';
import { bytesField, flagField, longField, messageField, numberField, readFields, readLong, textField, type Writer } from './fields.ts';

export interface ServerName extends ServerAddress {
  /** When it started: tells it from one before it at the same address. */
  readonly startCode: number;
}

/** One region as hbase:meta has it. */
export interface RegionLocation {
  readonly table: string;
  /** `table,startKey,regionId.encodedName.` as bytes: the row in hbase:meta. */
  readonly regionName: Uint8Array;
  readonly regionId: number;
  readonly startKey: Uint8Array;
  /** Empty: the last region. */
  readonly endKey: Uint8Array;
  /** `null`: it is not open anywhere now. */
  readonly server: ServerName | null;
  /** Grows each time the region is opened. */
  readonly seqNum: number;
  /** A parent that was split. */
  readonly isSplit: boolean;
  readonly isOffline: boolean;
}

export const metaTable = 'hbase:meta';
const metaRegionName = ascii('hbase:meta,,1');
const protobufMagic = 'PBUF';
const nothing = new Uint8Array(0);

/** The one region of hbase:meta; the registry says where it is. */
export function metaLocation(server: ServerName): RegionLocation {
  const region = { table: metaTable, regionName: metaRegionName, regionId: 1, startKey: nothing, endKey: nothing };
  return { ...region, server, seqNum: 0, isSplit: false, isOffline: false };
}

export function readServerName(message: Uint8Array): ServerName {
  const found = { host: '', port: 0, startCode: 0 };
  readFields(message, (field, reader) => {
    if (field === 1) found.host = reader.string();
    else if (field === 2) found.port = reader.uint32();
    else if (field === 3) found.startCode = readLong(reader);
    else return false;
    return true;
  });
  return found;
}

export function writeServerName(writer: Writer, { host, port, startCode }: ServerName): void {
  textField(writer, 1, host);
  numberField(writer, 2, port);
  longField(writer, 3, startCode);
}

/** `name` or `namespace:name`. */
export function writeTableName(writer: Writer, table: string): void {
  const colon = table.indexOf(':');
  bytesField(writer, 1, ascii(colon < 0 ? 'default' : table.slice(0, colon)));
  bytesField(writer, 2, ascii(table.slice(colon + 1)));
}

export function readTableName(message: Uint8Array): string {
  let namespace = '';
  let name = '';
  readFields(message, (field, reader) => {
    if (field === 1) namespace = latin1(reader.bytes());
    else if (field === 2) name = latin1(reader.bytes());
    else return false;
    return true;
  });
  return namespace === 'default' ? name : `${namespace}:${name}`;
}

type RegionInfo = Omit<RegionLocation, 'regionName' | 'server' | 'seqNum'>;

export function readRegionInfo(message: Uint8Array): RegionInfo {
  const found = { table: '', regionId: 0, startKey: nothing, endKey: nothing, isSplit: false, isOffline: false };
  readFields(message, (field, reader) => {
    if (field === 1) found.regionId = readLong(reader);
    else if (field === 2) found.table = readTableName(reader.bytes());
    else if (field === 3) found.startKey = reader.bytes() as Uint8Array<ArrayBuffer>;
    else if (field === 4) found.endKey = reader.bytes() as Uint8Array<ArrayBuffer>;
    else if (field === 5) found.isOffline = reader.bool();
    else if (field === 6) found.isSplit = reader.bool();
    else return false;
    return true;
  });
  return found;
}

export function writeRegionInfo(writer: Writer, region: RegionInfo): void {
  longField(writer, 1, region.regionId);
  messageField(writer, 2, (inner) => writeTableName(inner, region.table));
  bytesField(writer, 3, region.startKey);
  bytesField(writer, 4, region.endKey);
  flagField(writer, 5, region.isOffline);
  flagField(writer, 6, region.isSplit);
}

/**
 * A row of hbase:meta as a location; `null`: the row is none (a table's state), or is broken.
 * Columns of family info: regioninfo, server `host:port`, serverstartcode, seqnumDuringOpen (Java MetaTableAccessor).
 */
export function readMetaRow(cells: readonly Cell[]): RegionLocation | null {
  const byName = new Map(cells.map((cell) => [latin1(cell.qualifier), cell]));
  const info = byName.get('regioninfo');
  if (info === undefined || latin1(info.value.subarray(0, 4)) !== protobufMagic) return null;
  const region = readRegionInfo(info.value.subarray(4));
  const server = /^(.+):(\d+)$/.exec(latin1(byName.get('server')?.value ?? nothing));
  const startCode = longOf(byName.get('serverstartcode'));
  return {
    ...region,
    regionName: info.row,
    server: server === null ? null : { host: server[1], port: Number(server[2]), startCode },
    seqNum: longOf(byName.get('seqnumDuringOpen')),
  };
}

function longOf(cell: Cell | undefined): number {
  if (cell === undefined || cell.value.length !== 8) return 0;
  const view = new DataView(cell.value.buffer, cell.value.byteOffset, 8);
  return view.getUint32(0) * 0x1_0000_0000 + view.getUint32(4);
}
