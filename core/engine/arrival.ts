/** A link frame on its way through the owner: where it came from, its bytes, and the client frame inside. One a frame: replays nest. */
import type { Node } from './machine.ts';
import type { Parked } from './parked.ts';

/** One for all: an empty array of its own cost as much as the rest of an arrival, once a frame. */
const noBytes = new Uint8Array(0);

export class Arrival {
  from: Node = 0;
  bytes: Uint8Array = noBytes;
  start = 0;
  end = 0;
  session = 0;
  /** User of the token. */
  user = 0;
  /** toUser: whose data is meant. */
  about = 0;
  /** The client frame inside. */
  innerStart = 0;
  innerEnd = 0;

  park(parked: Parked): void {
    parked.push(this.from, this.bytes, this.start, this.end);
  }
}
