/**
 * One client connection as the node sees it: frames for it are gathered during a loop turn and leave as one message.
 */
import type { FrameWriter } from '../protocol/writer.ts';

export abstract class ClientConnection {
  /** The edge's name for it; never used twice while the process lives. */
  readonly number: number;
  /** Gathers frames of this turn (or of a few, if they may wait); lent by `Connections`. */
  writer: FrameWriter | null = null;
  /** ErrorCode with which the edge closes it; -1: it does not. */
  closeCode = -1;
  /** In the list of those to be flushed. */
  dirty = false;
  /** Number of the wait in which the oldest frame that may wait came; 0: none waits. */
  waitsSince = 0;

  constructor(number: number) {
    this.number = number;
  }

  /** Sends `bytes[0, length)`, a run of frames. The bytes change after the call. */
  abstract sendRun(bytes: Uint8Array, length: number): void;
  /** Ends the connection after what was sent before. */
  abstract end(code: number): void;
}
