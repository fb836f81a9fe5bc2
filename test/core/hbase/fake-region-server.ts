/**
 * A region server for tests without a JVM: it speaks the wire protocol over real sockets and does what a test tells it, right or wrong.
 *
 * Every server is registry, holder of hbase:meta and server of regions in one. A test gives it regions and a handler of calls; what the
 * handler answers is a message, an exception, or a misdeed: silence, garbage, a closed connection, an answer that comes late.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { type Cell, CellType, encodeCells } from '../../../core/hbase/cells.ts';
import {
  bytesField,
  flagField,
  longField,
  messageField,
  numberField,
  readFields,
  textField,
  type Writer,
} from '../../../core/hbase/fields.ts';
import { FrameSplitter } from '../../../core/hbase/frames.ts';
import { writeRegionInfo, writeServerName } from '../../../core/hbase/server-name.ts';

export interface FakeCall {
  readonly method: string;
  readonly message: Uint8Array;
  readonly cells: Uint8Array;
}

export type Reply =
  | { readonly write: (writer: Writer) => void; readonly cells?: readonly Cell[]; readonly afterMs?: number }
  | {
      readonly exception: string;
      readonly text?: string;
      readonly doNotRetry?: boolean;
      readonly overloaded?: boolean;
      readonly movedTo?: number;
    }
  | { readonly misdeed: 'silence' | 'garbage' | 'huge frame' | 'close' };

export interface FakeRegion {
  readonly table: string;
  readonly start: string;
  readonly end: string;
  readonly regionId?: number;
  /** 0: open nowhere. */
  readonly port: number;
  readonly seqNum?: number;
  readonly isSplit?: boolean;
}

export class FakeRegionServer {
  /** What hbase:meta says, in the order of its rows. */
  regions: FakeRegion[] = [];
  /** Rows of hbase:meta that are no regions: a table's state. */
  stateRows: string[] = [];
  /** Which server holds hbase:meta, as this one says when it is asked; 0: itself. */
  metaPort = 0;
  handler: (call: FakeCall) => Reply = () => ({ exception: 'java.lang.UnsupportedOperationException' });
  /** Takes connections and calls, answers none; `calls` has all of them. */
  isPaused = false;
  /** Methods of users' calls, in order. */
  readonly calls: string[] = [];
  metaScans = 0;
  /** Pieces in which bytes arrived after the preamble. */
  chunks = 0;
  connections = 0;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor() {
    this.server = createServer((socket) => this.accept(socket));
  }

  static async start(): Promise<FakeRegionServer> {
    const fake = new FakeRegionServer();
    await new Promise<void>((fulfil) => fake.server.listen(0, '127.0.0.1', fulfil));
    return fake;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** For the client's `masters`. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Closes every connection, as a process that dies. */
  dropConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.dropConnections();
    await new Promise((fulfil) => this.server.close(fulfil));
  }

  private accept(socket: Socket): void {
    this.connections += 1;
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    const splitter = new FrameSplitter(2 ** 24);
    let preambleBytes = 6;
    let isHeaderSeen = false;
    socket.on('data', (chunk) => {
      const skipped = Math.min(preambleBytes, chunk.length);
      preambleBytes -= skipped;
      if (isHeaderSeen) this.chunks += 1;
      splitter.feed(chunk.subarray(skipped), (frame) => {
        if (isHeaderSeen) this.take(socket, frame);
        isHeaderSeen = true;
      });
    });
  }

  private take(socket: Socket, frame: Uint8Array): void {
    const reader = new BinaryReader(frame);
    const header = reader.bytes();
    const message = reader.bytes();
    let callId = 0;
    let method = '';
    readFields(header, (field, value) => {
      if (field === 1) callId = value.uint32();
      else if (field === 3) method = value.string();
      else return false;
      return true;
    });
    const call = { method, message, cells: frame.subarray(reader.pos) };
    if (this.isPaused) this.calls.push(method);
    else this.reply(socket, callId, this.ownReply(call) ?? this.userReply(call));
  }

  private userReply(call: FakeCall): Reply {
    this.calls.push(call.method);
    return this.handler(call);
  }

  private ownReply({ method, message }: FakeCall): Reply | null {
    const self = { host: '127.0.0.1', port: this.port, startCode: 1 };
    if (method === 'GetActiveMaster') return { write: (writer) => messageField(writer, 1, (inner) => writeServerName(inner, self)) };
    if (method === 'GetMetaRegionLocations') {
      const holder = this.metaPort === 0 ? self : { ...self, port: this.metaPort };
      return {
        write: (writer) => messageField(writer, 1, (location) => messageField(location, 2, (inner) => writeServerName(inner, holder))),
      };
    }
    if (method !== 'Scan' || !Buffer.from(message).includes('hbase:meta')) return null;
    this.metaScans += 1;
    return this.metaReply(message);
  }

  /** Backward from the start row: regions whose row is not above it, the greatest first. */
  private metaReply(message: Uint8Array): Reply {
    let start = '';
    readFields(message, (field, scan) => {
      if (field !== 2) return false;
      readFields(scan.bytes(), (inner, value) => {
        if (inner !== 3) return false;
        start = Buffer.from(value.bytes()).toString('latin1');
        return true;
      });
      return true;
    });
    const rows = this.regions.map((region) => ({ name: nameOf(region), cells: metaCells(region) }));
    for (const state of this.stateRows) rows.push({ name: state, cells: [cellOf(state, 'state', 'x', 'table')] });
    const found = rows.filter(({ name }) => name <= start).sort((left, right) => (left.name < right.name ? 1 : -1));
    return {
      write: (writer) =>
        writeScanResults(
          writer,
          found.map(({ cells }) => cells.length),
          { more: false },
        ),
      cells: found.flatMap(({ cells }) => cells),
    };
  }

  private reply(socket: Socket, callId: number, reply: Reply): void {
    if ('misdeed' in reply) {
      if (reply.misdeed === 'close') socket.destroy();
      else if (reply.misdeed === 'garbage') socket.write(Buffer.from([0, 0, 0, 5, 200, 1, 2, 3, 4]));
      else if (reply.misdeed === 'huge frame') socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0]));
      return;
    }
    const frame = 'exception' in reply ? exceptionFrame(callId, reply) : answerFrame(callId, reply.write, encodeCells(reply.cells ?? []));
    if ('afterMs' in reply) setTimeout(() => socket.write(frame), reply.afterMs);
    else socket.write(frame);
  }
}

function exceptionFrame(callId: number, reply: Extract<Reply, { exception: string }>): Uint8Array {
  const writer = new BinaryWriter();
  writer.fork();
  numberField(writer, 1, callId);
  messageField(writer, 2, (inner) => {
    textField(inner, 1, reply.exception);
    textField(inner, 2, `${reply.exception}: ${reply.text ?? ''}\n\tat somewhere`);
    if (reply.movedTo !== undefined) textField(inner, 3, '127.0.0.1');
    if (reply.movedTo !== undefined) numberField(inner, 4, reply.movedTo);
    flagField(inner, 5, reply.doNotRetry === true);
    flagField(inner, 6, reply.overloaded === true);
  });
  writer.join();
  return withLength(writer.finish());
}

function answerFrame(callId: number, write: (writer: Writer) => void, cells: Uint8Array): Uint8Array {
  const writer = new BinaryWriter();
  writer.fork();
  numberField(writer, 1, callId);
  if (cells.length > 0) messageField(writer, 3, (inner) => numberField(inner, 1, cells.length));
  writer.join();
  writer.fork();
  write(writer);
  writer.join();
  writer.raw(cells);
  return withLength(writer.finish());
}

function withLength(body: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(4 + body.length);
  frame.writeUInt32BE(body.length, 0);
  frame.set(body, 4);
  return frame;
}

function nameOf(region: FakeRegion): string {
  return `${region.table},${region.start},${region.regionId ?? 1}.${'0'.repeat(32)}.`;
}

function metaCells(region: FakeRegion): Cell[] {
  const name = nameOf(region);
  const writer = new BinaryWriter();
  const bounds = { startKey: Buffer.from(region.start, 'latin1'), endKey: Buffer.from(region.end, 'latin1') };
  writeRegionInfo(writer, {
    table: region.table,
    regionId: region.regionId ?? 1,
    ...bounds,
    isSplit: region.isSplit === true,
    isOffline: false,
  });
  const cells = [cellOf(name, 'regioninfo', Buffer.concat([Buffer.from('PBUF'), writer.finish()]))];
  if (region.port !== 0) cells.push(cellOf(name, 'server', `127.0.0.1:${region.port}`));
  const seqNum = Buffer.alloc(8);
  seqNum.writeUInt32BE(region.seqNum ?? 1, 4);
  cells.push(cellOf(name, 'seqnumDuringOpen', seqNum));
  return cells;
}

/** A cell as a server gives it. */
export function cellOf(row: string, qualifier: string, value: string | Uint8Array, family: string = 'f', timestamp: number = 1): Cell {
  const bytes = (content: string | Uint8Array): Uint8Array => (typeof content === 'string' ? Buffer.from(content, 'latin1') : content);
  return { row: bytes(row), family: bytes(family), qualifier: bytes(qualifier), timestamp, type: CellType.put, value: bytes(value) };
}

export interface ScanReply {
  readonly scannerId?: number;
  readonly partials?: readonly boolean[];
  readonly more?: boolean;
  readonly moreInRegion?: boolean;
  readonly heartbeat?: boolean;
}

/** A ScanResponse whose rows have so many cells each. */
export function writeScanResults(writer: Writer, counts: readonly number[], reply: ScanReply): void {
  for (const count of counts) numberField(writer, 1, count);
  if (reply.scannerId !== undefined) longField(writer, 2, reply.scannerId);
  flagField(writer, 3, reply.more ?? true);
  for (const partial of reply.partials ?? []) flagField(writer, 7, partial);
  flagField(writer, 8, reply.moreInRegion ?? false);
  if (reply.heartbeat !== undefined) flagField(writer, 9, reply.heartbeat);
}

/** A GetResponse of one cell. */
export function getReply(cell: Cell): Reply {
  return { write: (writer) => messageField(writer, 1, (result) => numberField(result, 2, 1)), cells: [cell] };
}

/** The answer to MutateRows. */
export function mutateRowsReply(processed: boolean): Reply {
  return {
    write: (writer) =>
      messageField(writer, 2, (value) => {
        textField(value, 1, 'response');
        messageField(value, 2, (response) => flagField(response, 1, processed));
      }),
  };
}

/** A ResultOrException of one action, `index` as the client sent it. */
export function writeActionResult(writer: Writer, index: number, exception: string | null): void {
  messageField(writer, 1, (inner) => {
    numberField(inner, 1, index);
    if (exception === null) messageField(inner, 2, (result) => numberField(result, 2, 0));
    else {
      messageField(inner, 3, (pair) => {
        textField(pair, 1, exception);
        bytesField(pair, 2, Buffer.from(`${exception}: by a test`));
      });
    }
  });
}
