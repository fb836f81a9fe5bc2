/** What a connection is sent: in the order in which it came, one message a turn; what may wait goes with what may not, or by itself. */
import { describe, expect, it } from 'vitest';
import { ClientConnection } from '../../../core/gateway/connection.ts';
import { Connections } from '../../../core/gateway/connections.ts';
import { gatewayLimits } from '../../../core/gateway/limits.ts';
import { FrameType } from '../../../core/protocol/generated/frame-type.ts';

class Recorder extends ClientConnection {
  readonly runs: number[][] = [];
  onRun: () => void = () => {};

  override sendRun(bytes: Uint8Array, length: number): void {
    this.runs.push([...bytes.subarray(0, length)]);
    this.onRun();
  }

  override end(): void {}
}

function start(): { connections: Connections; recorder: Recorder; gather(...types: number[]): void } {
  const connections = new Connections();
  const recorder = new Recorder(connections.newNumber());
  connections.add(recorder);
  const gather = (...types: number[]): void => {
    for (const type of types) connections.gather(recorder.number, Uint8Array.of(type), 0, 1);
  };
  return { connections, recorder, gather };
}

describe('connections', () => {
  it('send the frames of a turn as one message', () => {
    const { connections, recorder, gather } = start();
    gather(FrameType.accepted, FrameType.event);
    connections.flush();
    expect(recorder.runs).toEqual([[1, FrameType.accepted, 1, FrameType.event]]);
  });

  it('let receipts, confirmations and bookmarks wait for another frame, before it in the order', () => {
    const { connections, recorder, gather } = start();
    gather(FrameType.receipt, FrameType.ackConfirmed, FrameType.readConfirmed, FrameType.bookmark);
    connections.flush();
    expect(recorder.runs).toEqual([]);
    gather(FrameType.event, FrameType.receipt);
    connections.flush();
    const { receipt, ackConfirmed, readConfirmed, bookmark, event } = FrameType;
    expect(recorder.runs).toEqual([[receipt, ackConfirmed, readConfirmed, bookmark, event, receipt].flatMap((type) => [1, type])]);
  });

  it('send what waits alone in the end, each time anew', async () => {
    const { connections, recorder, gather } = start();
    for (const type of [FrameType.receipt, FrameType.bookmark]) {
      const sent = new Promise<void>((resolve) => {
        recorder.onRun = resolve;
      });
      gather(type);
      connections.flush();
      await sent;
    }
    expect(recorder.runs).toEqual([
      [1, FrameType.receipt],
      [1, FrameType.bookmark],
    ]);
  });

  it('let each wait for its whole time, whenever it began, also after something to go with', async () => {
    const connections = new Connections();
    const waits: Promise<number>[] = [];
    for (let begun = 0; begun < 5; begun++) {
      const recorder = new Recorder(connections.newNumber());
      connections.add(recorder);
      const gather = (type: number): void => connections.gather(recorder.number, Uint8Array.of(type), 0, 1);
      gather(FrameType.receipt);
      gather(FrameType.event);
      connections.flush();
      const begin = performance.now();
      gather(FrameType.receipt);
      waits.push(
        new Promise((resolve) => {
          recorder.onRun = () => resolve(performance.now() - begin);
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, gatewayLimits.frameWaitMs / 3));
    }
    // Timers count in whole milliseconds.
    for (const waited of await Promise.all(waits)) expect(waited).toBeGreaterThanOrEqual(gatewayLimits.frameWaitMs - 1);
  });

  it('send nothing that waits to a connection that is gone', async () => {
    const { connections, recorder, gather } = start();
    const other = new Recorder(connections.newNumber());
    connections.add(other);
    gather(FrameType.receipt);
    const sent = new Promise<void>((resolve) => {
      other.onRun = resolve;
    });
    connections.gather(other.number, Uint8Array.of(FrameType.receipt), 0, 1);
    connections.remove(recorder.number);
    await sent;
    expect(recorder.runs).toEqual([]);
  });
});
