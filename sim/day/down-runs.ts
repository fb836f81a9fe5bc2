/**
 * What one turn of a node writes to its connections: one message each, and the connections it closes.
 *
 * Method: a writer for each connection that is written to, used again by the next turn; the device's number leads to it.
 */
import { FrameWriter } from '../../core/protocol/writer.ts';
import { Code } from './codes.ts';
import type { DayWorld } from './day-world.ts';

export class DownRuns {
  readonly #world: DayWorld;
  readonly #runs: FrameWriter[] = [];
  readonly #connections: number[] = [];
  readonly #frames: number[] = [];
  #count = 0;
  readonly #closes: number[] = [];
  readonly #closeCodes: number[] = [];

  constructor(world: DayWorld) {
    this.#world = world;
  }

  add(connection: number, bytes: Uint8Array, start: number, end: number): void {
    this.#world.work.framesDown += 1;
    const index = this.#runOf(connection);
    this.#frames[index] += 1;
    this.#runs[index].framed(bytes, start, end);
  }

  close(connection: number, code: number): void {
    this.#closes.push(connection);
    this.#closeCodes.push(code);
  }

  flush(): void {
    const { work, slotCounts, pool, wheel, time, connections } = this.#world;
    for (let index = 0; index < this.#count; index += 1) {
      const run = this.#runs[index];
      const connection = this.#connections[index];
      work.messagesDown += 1;
      work.bytesDown += run.length;
      slotCounts.wire(connections.deviceOf(connection), this.#frames[index], run.length);
      const tick = time.tick + connections.latencyTicks(connection);
      wheel.schedule(tick, Code.down, connection, pool.put(run.bytes, run.length), run.length);
    }
    this.#count = 0;
    if (this.#closes.length === 0) return;
    for (let index = 0; index < this.#closes.length; index += 1) {
      const connection = this.#closes[index];
      wheel.schedule(time.tick + connections.latencyTicks(connection), Code.closed, connection, this.#closeCodes[index], 0);
    }
    this.#closes.length = 0;
    this.#closeCodes.length = 0;
  }

  #runOf(connection: number): number {
    const { runOfDevice, deviceOf } = this.#world.connections;
    const device = deviceOf(connection);
    let index = runOfDevice[device];
    if (index >= 0 && index < this.#count && this.#connections[index] === connection) return index;
    index = this.#count;
    this.#count += 1;
    if (index === this.#runs.length) this.#runs.push(new FrameWriter(512));
    runOfDevice[device] = index;
    this.#connections[index] = connection;
    this.#frames[index] = 0;
    this.#runs[index].reset();
    return index;
  }
}
