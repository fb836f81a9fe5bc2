/** An open connection of the fuzzer, whatever its door: what came, and how it ended. */
import type { Socket } from 'node:net';

/** How a connection ended: close code (0: none came), and the last message before. */
export interface Ending {
  readonly code: number;
  readonly last: Uint8Array | null;
}

export abstract class Opened {
  protected readonly socket: Socket;
  private last: Uint8Array | null = null;
  private ending: Ending | null = null;
  private wanted: ((bytes: Uint8Array) => boolean) | null = null;
  private settle: ((found: boolean) => void) | null = null;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => this.ended(0));
    socket.on('close', () => this.ended(0));
  }

  /** Sends a message, framed as the door wants it. */
  abstract message(bytes: Uint8Array): void;

  /** Sends bytes as they are. */
  raw(bytes: Uint8Array): void {
    if (this.ending === null) this.socket.write(bytes);
  }

  /** Waits for a message that `wanted` takes; false: the connection ended, or the time is over. */
  until(wanted: (bytes: Uint8Array) => boolean, timeoutMs: number): Promise<boolean> {
    if (this.ending !== null) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.settle?.(false), timeoutMs);
      this.wanted = wanted;
      this.settle = (found) => {
        clearTimeout(timer);
        this.wanted = null;
        this.settle = null;
        resolve(found);
      };
    });
  }

  /** Waits for the end; null: it did not come in time. */
  async end(timeoutMs: number): Promise<Ending | null> {
    await this.until(() => false, timeoutMs);
    this.socket.destroy();
    return this.ending;
  }

  destroy(): void {
    this.socket.destroy();
  }

  protected received(bytes: Uint8Array): void {
    this.last = bytes;
    if (this.wanted?.(bytes) === true) this.settle?.(true);
  }

  protected ended(code: number): void {
    if (this.ending !== null) return;
    this.ending = { code, last: this.last };
    this.settle?.(false);
  }
}
