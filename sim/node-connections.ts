/**
 * A node's ends of its connections: what a turn of the machines wrote for each goes out as one message when the turn ends.
 */
import { RunReader } from '../core/protocol/codec.ts';
import { FrameWriter } from '../core/protocol/writer.ts';
import type { Link } from './network.ts';

export interface ConnectionsWorld {
  /** A server frame leaves for a client: `bytes[start, end)`. */
  tapDown(node: string, bytes: Uint8Array, start: number, end: number): void;
  /** The node's end of a connection is gone. */
  nodeEndClosed(link: Link): void;
}

interface Connection {
  readonly link: Link;
  readonly run: FrameWriter;
  dirty: boolean;
  /** -1: stays open. */
  closeCode: number;
}

export class NodeConnections {
  readonly #node: string;
  readonly #world: ConnectionsWorld;
  #all = new Map<number, Connection>();
  #dirty: Connection[] = [];

  constructor(node: string, world: ConnectionsWorld) {
    this.#node = node;
    this.#world = world;
  }

  has(link: Link): boolean {
    return this.#all.has(link.number);
  }

  opened(link: Link): void {
    this.#all.set(link.number, { link, run: new FrameWriter(256), dirty: false, closeCode: -1 });
  }

  /** False: it was closed before. */
  closed(link: Link): boolean {
    if (!this.#all.delete(link.number)) return false;
    this.#world.nodeEndClosed(link);
    return true;
  }

  /** True: there is something to flush. */
  send(number: number, bytes: Uint8Array, start: number, end: number): boolean {
    const to = this.#all.get(number);
    if (to === undefined) return false;
    to.run.framed(bytes, start, end);
    this.#touch(to);
    return true;
  }

  close(number: number, code: number): boolean {
    const to = this.#all.get(number);
    if (to === undefined) return false;
    to.closeCode = code;
    this.#touch(to);
    return true;
  }

  flush(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const connection of dirty) {
      connection.dirty = false;
      const { link, run } = connection;
      if (run.length > 0) {
        const bytes = run.copy();
        run.reset();
        reader.reset(bytes);
        while (reader.next()) this.#world.tapDown(this.#node, bytes, reader.frameStart, reader.frameEnd);
        link.sendDown(bytes);
      }
      if (connection.closeCode < 0) continue;
      this.#all.delete(link.number);
      link.closeDown(connection.closeCode);
      this.#world.nodeEndClosed(link);
    }
  }

  /** The process died. */
  dropAll(): void {
    for (const { link } of this.#all.values()) {
      link.dropByNode();
      this.#world.nodeEndClosed(link);
    }
    this.#all = new Map();
    this.#dirty = [];
  }

  #touch(connection: Connection): void {
    if (connection.dirty) return;
    connection.dirty = true;
    this.#dirty.push(connection);
  }
}

const reader = new RunReader(Number.MAX_SAFE_INTEGER);
