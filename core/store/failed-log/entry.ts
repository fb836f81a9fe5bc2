/** An entry of the failed-request log as bytes: [u8 version][u64 ms][u16 bytes of name][name][frame of the send]. */

export interface FailedEntry {
  readonly id: number;
  /** When it was taken. */
  readonly atMs: number;
  /** Of the user who sent it. */
  readonly name: string;
  /** The encoded frame, with its identity: what is sent again is the same send. */
  readonly frame: Uint8Array;
}

const version = 1;
const headerBytes = 11;

export function writeEntry({ atMs, name, frame }: Omit<FailedEntry, 'id'>): Uint8Array {
  const nameBytes = Buffer.from(name);
  const bytes = new Uint8Array(headerBytes + nameBytes.length + frame.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, version);
  view.setBigUint64(1, BigInt(atMs));
  view.setUint16(9, nameBytes.length);
  bytes.set(nameBytes, headerBytes);
  bytes.set(frame, headerBytes + nameBytes.length);
  return bytes;
}

/** @throws Error when the bytes are of another version: a newer program wrote them */
export function readEntry(id: number, bytes: Uint8Array): FailedEntry {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint8(0) !== version) throw new Error(`failed-request log: an entry of version ${view.getUint8(0)}`);
  const nameEnd = headerBytes + view.getUint16(9);
  return {
    id,
    atMs: Number(view.getBigUint64(1)),
    name: Buffer.from(bytes.subarray(headerBytes, nameEnd)).toString(),
    frame: bytes.slice(nameEnd),
  };
}
