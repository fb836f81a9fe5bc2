/** A user who is logged in over a WebSocket and says nothing but the protocol's pings. */
import { decodeFrame, RunReader, writeFramed } from '../../core/protocol/codec.ts';
import { newHello, newPing } from '../../core/protocol/generated/client-frames.ts';
import { errorName } from '../../core/protocol/generated/codes.ts';
import { FrameType } from '../../core/protocol/generated/frame-type.ts';
import { defaultLimits } from '../../core/protocol/limits.ts';
import { randomId53 } from '../fleet/random-pool.ts';
import { BenchSocket, type SocketEvents, type SocketTarget } from './bench-socket.ts';

const run = new RunReader(defaultLimits.linkFrameBytesMax);
const hello = { ...newHello(), protocol: 1, attempt: 1 };
const ping = newPing();

export class IdleSession implements SocketEvents {
  state: 'connecting' | 'live' | 'lost' = 'connecting';
  /** Why the server sent it away. */
  farewell = '';
  private readonly socket: BenchSocket;
  private readonly token: string;
  private sentMs = 0;

  constructor(target: SocketTarget, token: string) {
    this.token = token;
    this.socket = new BenchSocket(target, this);
  }

  /** Keeps the connection when nothing was said for so long. */
  pingAfter(ms: number): void {
    if (this.state !== 'live' || performance.now() - this.sentMs < ms) return;
    writeFramed(this.socket.gather(), ping);
    this.flush();
  }

  close(): void {
    this.socket.destroy();
  }

  onOpen(): void {
    hello.token = this.token;
    hello.deviceId = randomId53();
    hello.tabId = randomId53();
    writeFramed(this.socket.gather(), hello);
    this.flush();
  }

  onRun(bytes: Uint8Array, start: number, end: number): void {
    run.reset(bytes, start, end);
    while (run.next()) {
      const frame = decodeFrame(bytes, run.frameStart, run.frameEnd);
      if ('failed' in frame) this.farewell = `malformed: ${frame.reason}`;
      else if (frame.type === FrameType.live) this.state = 'live';
      else if (frame.type === FrameType.error) this.farewell = `${errorName(frame.code)}: ${frame.message}`;
    }
  }

  onClosed(): void {
    this.state = 'lost';
  }

  private flush(): void {
    this.sentMs = performance.now();
    this.socket.flush();
  }
}
