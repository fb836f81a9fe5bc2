/**
 * All connections of a node, and what waits for them until the end of the loop turn.
 *
 * Method: a connection borrows a writer with its first frame of a turn and gives it back at the flush, so idle connections hold no
 * buffer. One message a connection and turn is the largest single saving there is: a system call costs more than all our code. So what nobody
 * looks at at once (receipts, confirmations, bookmarks) waits a little for something else to go with, in its place in the order: from one to two
 * times `frameWaitMs`, since those that wait are looked through once in each. (28 % of all messages carried nothing else while a wait ended
 * after half of it on average.)
 */
import { FrameType } from '../protocol/generated/frame-type.ts';
import { FrameWriter } from '../protocol/writer.ts';
import type { ClientConnection } from './connection.ts';
import { gatewayLimits } from './limits.ts';

const writerBytesAtFirst = 1024;

export class Connections {
  private readonly byNumber = new Map<number, ClientConnection>();
  private readonly spareWriters: FrameWriter[] = [];
  private dirty: ClientConnection[] = [];
  /** Those that began to wait in this wait, and in the one before it. */
  private waiting: ClientConnection[] = [];
  private waitedBefore: ClientConnection[] = [];
  /** Number of this wait. */
  private wait = 1;
  private waitEnds = false;
  private lastNumber = 0;
  /** Messages that left, for metrics. */
  messagesSent = 0;
  bytesSent = 0;

  get size(): number {
    return this.byNumber.size;
  }

  newNumber(): number {
    return ++this.lastNumber;
  }

  add(connection: ClientConnection): void {
    this.byNumber.set(connection.number, connection);
  }

  /** The connection is gone: nothing is sent to it any more. */
  remove(number: number): void {
    this.byNumber.delete(number);
  }

  /** The edge's `toConnection`. */
  gather(number: number, bytes: Uint8Array, start: number, end: number): void {
    const connection = this.byNumber.get(number);
    if (connection === undefined) return;
    let { writer } = connection;
    if (writer === null) {
      writer = this.spareWriters.pop() ?? new FrameWriter(writerBytesAtFirst);
      connection.writer = writer;
    }
    writer.framed(bytes, start, end);
    if (connection.dirty) return;
    if (!mayWait(bytes[start])) this.markDirty(connection);
    else if (connection.waitsSince === 0) this.beginWait(connection);
  }

  /** The edge's `close`. */
  close(number: number, code: number): void {
    const connection = this.byNumber.get(number);
    if (connection === undefined) return;
    connection.closeCode = code;
    this.markDirty(connection);
  }

  /** Sends what was gathered. Frames that come meanwhile go in the same flush. Returns whether there was anything. */
  flush(): boolean {
    const list = this.dirty;
    if (list.length === 0) return false;
    for (let at = 0; at < list.length; at++) this.flushOne(list[at]);
    list.length = 0;
    return true;
  }

  private flushOne(connection: ClientConnection): void {
    const { writer, number } = connection;
    connection.dirty = false;
    connection.waitsSince = 0;
    connection.writer = null;
    if (writer !== null) {
      if (this.byNumber.has(number)) {
        this.messagesSent++;
        this.bytesSent += writer.length;
        connection.sendRun(writer.bytes, writer.length);
      }
      this.giveBack(writer);
    }
    if (connection.closeCode >= 0 && this.byNumber.delete(number)) connection.end(connection.closeCode);
  }

  private markDirty(connection: ClientConnection): void {
    if (connection.dirty) return;
    connection.dirty = true;
    this.dirty.push(connection);
  }

  private beginWait(connection: ClientConnection): void {
    connection.waitsSince = this.wait;
    this.waiting.push(connection);
    this.planEndOfWait();
  }

  private planEndOfWait(): void {
    if (this.waitEnds) return;
    this.waitEnds = true;
    setTimeout(this.endWait, gatewayLimits.frameWaitMs);
  }

  private readonly endWait = (): void => {
    const due = this.waitedBefore;
    // Those that were sent something since then wait no longer, or anew.
    for (const connection of due) if (connection.waitsSince !== 0 && connection.waitsSince < this.wait) this.markDirty(connection);
    due.length = 0;
    this.waitedBefore = this.waiting;
    this.waiting = due;
    this.wait++;
    this.waitEnds = false;
    if (this.waitedBefore.length > 0) this.planEndOfWait();
    this.flush();
  };

  private giveBack(writer: FrameWriter): void {
    if (this.spareWriters.length >= gatewayLimits.writersKept || writer.bytes.length > gatewayLimits.writerBytesKept) return;
    writer.reset();
    this.spareWriters.push(writer);
  }
}

/** May a frame of this type wait for another to go with? */
export function mayWait(type: number): boolean {
  return type === FrameType.receipt || type === FrameType.ackConfirmed || type === FrameType.readConfirmed || type === FrameType.bookmark;
}
