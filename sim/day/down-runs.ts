/**
 * What a node writes to its connections, and the connections it closes: one message a connection and turn. Frames that may wait (receipts,
 * confirmations, bookmarks) wait for others to go with, as the gateway's connections do (core/gateway/connections.ts).
 *
 * Method: a writer for each connection that has something to go, used again by others afterwards; the device's number leads to it.
 */
import { mayWait } from '../../core/gateway/connections.ts';
import { gatewayLimits } from '../../core/gateway/limits.ts';
import { FrameWriter } from '../../core/protocol/writer.ts';
import { Code } from './codes.ts';
import { ticksPerMs } from './day-time.ts';
import type { DayWorld } from './day-world.ts';

interface Run {
  readonly writer: FrameWriter;
  /** Its place in the list of all. */
  readonly index: number;
  connection: number;
  frames: number;
  /** It leaves with this turn. */
  dirty: boolean;
  /** The wait in which it began to wait; 0: it does not. */
  waitsSince: number;
}

export class DownRuns {
  readonly #world: DayWorld;
  readonly #node: number;
  readonly #runs: Run[] = [];
  readonly #free: Run[] = [];
  /** The first `#dirtyCount` and so on of them: an emptied array would grow anew each time. */
  readonly #dirty: Run[] = [];
  #waiting: Run[] = [];
  #waitedBefore: Run[] = [];
  #dirtyCount = 0;
  #waitingCount = 0;
  #waitedBeforeCount = 0;
  /** Number of this wait. */
  #wait = 1;
  #waitEnds = false;
  readonly #closes: number[] = [];
  readonly #closeCodes: number[] = [];

  constructor(world: DayWorld, node: number) {
    this.#world = world;
    this.#node = node;
  }

  add(connection: number, bytes: Uint8Array, start: number, end: number): void {
    this.#world.work.framesDown += 1;
    const run = this.#runOf(connection) ?? this.#take(connection);
    run.frames += 1;
    run.writer.framed(bytes, start, end);
    if (run.dirty) return;
    if (!mayWait(bytes[start])) this.#markDirty(run);
    else if (run.waitsSince === 0) this.#beginWait(run);
  }

  close(connection: number, code: number): void {
    const run = this.#runOf(connection);
    if (run !== null && !run.dirty) this.#markDirty(run);
    this.#closes.push(connection);
    this.#closeCodes.push(code);
  }

  /** What waited through a whole wait goes with this turn. */
  endWait(): void {
    const due = this.#waitedBefore;
    for (let index = 0; index < this.#waitedBeforeCount; index += 1) {
      const run = due[index];
      if (run.waitsSince !== 0 && run.waitsSince < this.#wait && !run.dirty) this.#markDirty(run);
    }
    this.#waitedBefore = this.#waiting;
    this.#waitedBeforeCount = this.#waitingCount;
    this.#waiting = due;
    this.#waitingCount = 0;
    this.#wait += 1;
    this.#waitEnds = false;
    if (this.#waitedBeforeCount > 0) this.#planEndOfWait();
  }

  flush(): void {
    for (let index = 0; index < this.#dirtyCount; index += 1) this.#send(this.#dirty[index]);
    this.#dirtyCount = 0;
    if (this.#closes.length === 0) return;
    const { wheel, time, connections } = this.#world;
    for (let index = 0; index < this.#closes.length; index += 1) {
      const connection = this.#closes[index];
      wheel.schedule(time.tick + connections.latencyTicks(connection), Code.closed, connection, this.#closeCodes[index], 0);
    }
    this.#closes.length = 0;
    this.#closeCodes.length = 0;
  }

  #send(run: Run): void {
    const { work, slotCounts, pool, wheel, time, connections } = this.#world;
    const { writer, connection } = run;
    work.messagesDown += 1;
    work.bytesDown += writer.length;
    slotCounts.wire(connections.deviceOf(connection), run.frames, writer.length);
    const tick = time.tick + connections.latencyTicks(connection);
    wheel.schedule(tick, Code.down, connection, pool.put(writer.bytes, writer.length), writer.length);
    writer.reset();
    run.connection = 0;
    run.frames = 0;
    run.dirty = false;
    run.waitsSince = 0;
    this.#free.push(run);
  }

  #markDirty(run: Run): void {
    run.dirty = true;
    this.#dirty[this.#dirtyCount] = run;
    this.#dirtyCount += 1;
  }

  #beginWait(run: Run): void {
    run.waitsSince = this.#wait;
    this.#waiting[this.#waitingCount] = run;
    this.#waitingCount += 1;
    this.#planEndOfWait();
  }

  #planEndOfWait(): void {
    if (this.#waitEnds) return;
    this.#waitEnds = true;
    const { wheel, time } = this.#world;
    wheel.schedule(time.tick + gatewayLimits.frameWaitMs * ticksPerMs, Code.waitEnd, this.#node, 0, 0);
  }

  /** The run that gathers for this connection; null: none does. */
  #runOf(connection: number): Run | null {
    const { runOfDevice, deviceOf } = this.#world.connections;
    const index = runOfDevice[deviceOf(connection)];
    if (index < 0 || index >= this.#runs.length) return null;
    const run = this.#runs[index];
    return run.connection === connection ? run : null;
  }

  #take(connection: number): Run {
    let run = this.#free.pop();
    if (run === undefined) {
      run = { writer: new FrameWriter(512), index: this.#runs.length, connection: 0, frames: 0, dirty: false, waitsSince: 0 };
      this.#runs.push(run);
    }
    const { runOfDevice, deviceOf } = this.#world.connections;
    run.connection = connection;
    runOfDevice[deviceOf(connection)] = run.index;
    return run;
  }
}
