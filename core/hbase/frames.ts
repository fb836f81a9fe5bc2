/**
 * Frames of the wire, without sockets: calls to bytes, bytes to answers (RPC.proto, Java ServerRpcConnection).
 *
 * A connection begins with `HBas`, version 0, authentication 0x50 (none), then `[u32 length][ConnectionHeader]`; the server is silent when
 * content. A call is `[u32 length][delimited RequestHeader][delimited parameter][cell block]`, an answer the same with a ResponseHeader.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { HBaseError, type JavaException } from './errors.ts';

/** What a call asks of a server, whatever connection takes it. */
export interface Call {
  readonly method: string;
  /** Writes the parameter message. */
  readonly write: (writer: BinaryWriter) => void;
  readonly cells?: Uint8Array;
  /** 200: before the calls of users, as for hbase:meta. */
  readonly priority?: number;
}

export interface Answer {
  /** The result message. */
  readonly message: Uint8Array;
  /** The cell block; empty: none. */
  readonly cells: Uint8Array;
}

export interface AnswerFrame {
  readonly callId: number;
  readonly exception: JavaException | null;
  readonly answer: Answer;
}

const nothing = new Uint8Array(0);

/** Preamble and header. Without version_info a server answers as to a client of 1.0: no cell blocks for gets, other exceptions. */
export function encodePreamble(service: string, user: string): Uint8Array {
  const writer = new BinaryWriter();
  writer.raw(Uint8Array.of(0x48, 0x42, 0x61, 0x73, 0, 0x50, 0, 0, 0, 0));
  writer.tag(1, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string(user).join();
  writer.tag(2, WireType.LengthDelimited).string(service);
  writer.tag(3, WireType.LengthDelimited).string('org.apache.hadoop.hbase.codec.KeyValueCodec');
  writer.tag(5, WireType.LengthDelimited).fork();
  // The version whose features this client knows; the six texts are required.
  for (const [field, text] of ['2.6.0', '', '', '', '', ''].entries()) writer.tag(field + 1, WireType.LengthDelimited).string(text);
  writer.tag(7, WireType.Varint).uint32(2).tag(8, WireType.Varint).uint32(6).join();
  const bytes = writer.finish();
  setLength(bytes, 6, bytes.length - 10);
  return bytes;
}

/** Kept from call to call with the room it grew to; `finish` copies what was written and empties it. */
let spareWriter: BinaryWriter | null = null;
/** The room of a greater call is given back. */
const spareBytesMax = 256 * 1024;
const noLength = new Uint8Array(4);

export function encodeCall(callId: number, call: Call, timeoutMs: number): Uint8Array {
  const writer = spareWriter ?? new BinaryWriter();
  // If anything throws, what was begun is not found by the next call.
  spareWriter = null;
  writer.raw(noLength);
  writer.fork();
  writer.tag(1, WireType.Varint).uint32(callId);
  writer.tag(3, WireType.LengthDelimited).string(call.method);
  writer.tag(4, WireType.Varint).bool(true);
  const cells = call.cells ?? nothing;
  if (cells.length > 0) writer.tag(5, WireType.LengthDelimited).fork().tag(1, WireType.Varint).uint32(cells.length).join();
  if (call.priority !== undefined) writer.tag(6, WireType.Varint).uint32(call.priority);
  writer.tag(7, WireType.Varint).uint32(timeoutMs);
  writer.join();
  writer.fork();
  call.write(writer);
  writer.join();
  writer.raw(cells);
  const bytes = writer.finish();
  if (bytes.length <= spareBytesMax) spareWriter = writer;
  setLength(bytes, 0, bytes.length - 4);
  return bytes;
}

/** One answer, without its length. @throws HBaseError when it is garbage. */
export function decodeAnswer(frame: Uint8Array): AnswerFrame {
  try {
    const reader = new BinaryReader(frame);
    let callId = -1;
    let exception: JavaException | null = null;
    let cellBytes = 0;
    const headerBytes = reader.uint32();
    const headerEnd = reader.pos + headerBytes;
    while (reader.pos < headerEnd) {
      const [field, wire] = reader.tag();
      if (field === 1) callId = reader.uint32();
      else if (field === 2) exception = readException(reader.bytes());
      else if (field === 3) cellBytes = readCellBytes(reader.bytes());
      else reader.skip(wire);
    }
    if (callId < 0 || reader.pos !== headerEnd) throw new Error('no call id');
    const cells = cellBytes === 0 ? nothing : frame.subarray(frame.length - cellBytes);
    if (cellBytes > frame.length) throw new Error('a cell block longer than its frame');
    const message = exception !== null || reader.pos >= frame.length ? nothing : reader.bytes();
    return { callId, exception, answer: { message, cells } };
  } catch (error) {
    throw new HBaseError(`garbage from the server: ${error instanceof Error ? error.message : String(error)}`, { nextStep: 'serverGone' });
  }
}

/** ExceptionResponse of RPC.proto. */
function readException(bytes: Uint8Array): JavaException {
  const reader = new BinaryReader(bytes);
  const found = { className: '', text: '', hostname: '', port: 0, doNotRetry: false, overloaded: false };
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1) found.className = reader.string();
    else if (field === 2) found.text = reader.string();
    else if (field === 3) found.hostname = reader.string();
    else if (field === 4) found.port = reader.int32();
    else if (field === 5) found.doNotRetry = reader.bool();
    else if (field === 6) found.overloaded = reader.bool();
    else reader.skip(wire);
  }
  return found;
}

function readCellBytes(bytes: Uint8Array): number {
  const reader = new BinaryReader(bytes);
  let length = 0;
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1) length = reader.uint32();
    else reader.skip(wire);
  }
  return length;
}

function setLength(bytes: Uint8Array, at: number, length: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, length);
}

/**
 * Cuts a stream into frames. Chunks are copied at most once: only a frame that lies in several is put together.
 */
export class FrameSplitter {
  private readonly frameBytesMax: number;
  private chunks: Uint8Array[] = [];
  private held = 0;

  constructor(frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax;
  }

  /** Gives each whole frame, without its length, to `visit`. @throws HBaseError at a length that cannot be. */
  feed(chunk: Uint8Array, visit: (frame: Uint8Array) => void): void {
    // Plain views: what is read from a frame goes to callers who know no Buffer.
    this.chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    this.held += chunk.length;
    while (this.held >= 4) {
      const head = this.front(4);
      const length = ((head[0] << 24) | (head[1] << 16) | (head[2] << 8) | head[3]) >>> 0;
      if (length > this.frameBytesMax) {
        throw new HBaseError(`garbage from the server: a frame of ${length} bytes`, { nextStep: 'serverGone' });
      }
      if (this.held < 4 + length) return;
      const frame = this.front(4 + length).subarray(4);
      this.drop(4 + length);
      visit(frame);
    }
  }

  /** The first `length` bytes in one piece, which then is the first chunk; the rest of a chunk that it ends in stays where it is. */
  private front(length: number): Uint8Array {
    const first = this.chunks[0];
    if (first.length >= length) return first.subarray(0, length);
    const whole = new Uint8Array(length);
    let at = 0;
    while (at < length) {
      const chunk = this.chunks[0];
      const taken = Math.min(chunk.length, length - at);
      whole.set(chunk.subarray(0, taken), at);
      at += taken;
      if (taken === chunk.length) this.chunks.shift();
      else this.chunks[0] = chunk.subarray(taken);
    }
    this.chunks.unshift(whole);
    return whole;
  }

  private drop(length: number): void {
    this.held -= length;
    const rest = this.chunks[0].subarray(length);
    if (rest.length > 0) this.chunks[0] = rest;
    else this.chunks.shift();
  }
}
