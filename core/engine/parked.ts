/**
 * Link frames that wait for a claim or a load, kept as bytes and handled again, in order, when it is there.
 *
 * Method: a handler that cannot go on parks the frame it was given and returns; the frame then takes the same way a second
 * time. So no half-done work is kept, and what waits can be answered `retry` or dropped at any time.
 */
import type { Node } from './machine.ts';

export class Parked {
  private frames: Uint8Array[] = [];
  private nodes: Node[] = [];
  /** Bytes that wait. */
  byteLength = 0;

  get count(): number {
    return this.frames.length;
  }

  push(from: Node, bytes: Uint8Array, start: number, end: number): void {
    this.frames.push(bytes.slice(start, end));
    this.nodes.push(from);
    this.byteLength += end - start;
  }

  /** Hands all of them to `handle` and forgets them; what `handle` parks here again stays for the next time. */
  replay(handle: (from: Node, frame: Uint8Array) => void): void {
    const frames = this.frames;
    const nodes = this.nodes;
    this.frames = [];
    this.nodes = [];
    this.byteLength = 0;
    for (let index = 0; index < frames.length; index++) handle(nodes[index], frames[index]);
  }

  /** Moves all of them to the end of `target`. */
  moveTo(target: Parked): void {
    this.replay((from, frame) => target.push(from, frame, 0, frame.length));
  }
}
