/**
 * One node of a day: the very edge and owner of production. A turn at the end of a tick hands over what they wrote for each other, until nothing
 * is left, then one run to the other node and one message to each connection.
 *
 * Method: as sim/node-host.ts, without faults and without an object a message: inputs are filled again, runs lie in writers and in the byte
 * pool, completions are events of numbers.
 */
import { Edge } from '../../core/engine/edge/edge.ts';
import type { EdgeOut } from '../../core/engine/edge/edge-port.ts';
import { isForEdge } from '../../core/engine/link-direction.ts';
import type { Directory, Node } from '../../core/engine/machine.ts';
import { Owner } from '../../core/engine/owner.ts';
import type { OwnerOut } from '../../core/engine/owner-port.ts';
import { noBytes } from '../../core/protocol/bytes.ts';
import type { Limits } from '../../core/protocol/limits.ts';
import { FrameWriter } from '../../core/protocol/writer.ts';
import type { GetResult, ScanRequest, ScanResult, StoreWrite, Table } from '../../core/store/port.ts';
import { judgeToken, type SimToken } from '../token.ts';
import { Code } from './codes.ts';
import { type DayTime, ticksOfUs } from './day-time.ts';
import type { DayWorld } from './day-world.ts';
import { DownRuns } from './down-runs.ts';
import { JoinedCalls } from './joined-calls.ts';
import { peerUs, readUsMax, readUsMin, verifyUs, writeUsMax, writeUsMin } from './limits.ts';

/** Rounds of one turn after which two machines are said to talk for ever. */
const turnRoundsMax = 1_000;
const ok = { kind: 'ok' as const };
const conditionFalse = { kind: 'conditionFalse' as const };

export class DayNode implements EdgeOut, OwnerOut {
  readonly node: Node;
  readonly edge: Edge;
  readonly owner: Owner;
  readonly #world: DayWorld;
  readonly #time: DayTime;
  #toOwner = new FrameWriter(4096);
  #ownToOwner = new FrameWriter(4096);
  #toEdge = new FrameWriter(4096);
  #spare = new FrameWriter(4096);
  readonly #peerOwner = new FrameWriter(4096);
  readonly #peerEdge = new FrameWriter(4096);
  readonly #peerRun = new FrameWriter(4096);
  #fromOwner = false;
  readonly #down: DownRuns;
  readonly #tokens = new Map<number, SimToken>();
  readonly #results = new Map<number, GetResult | ScanResult>();
  #dirty = false;
  #wakeTick = 0;
  readonly #calls: JoinedCalls;
  // Inputs, filled again for each step.
  readonly #received = { kind: 'received' as const, connection: 0, bytes: noBytes, start: 0, end: 0 };
  readonly #opened = { kind: 'opened' as const, connection: 0, transport: 'stream' as const };
  readonly #edgeLink = { kind: 'link' as const, from: 0, bytes: noBytes, start: 0, end: 0 };
  readonly #ownerLink = { kind: 'link' as const, from: 0, bytes: noBytes, start: 0, end: 0 };
  readonly #written = { kind: 'written' as const, id: 0, outcome: ok as typeof ok | typeof conditionFalse };
  readonly #tick = { kind: 'tick' as const };

  constructor(world: DayWorld, node: Node, limits: Limits, directory: Directory) {
    this.#world = world;
    this.#time = world.time;
    this.node = node;
    this.#calls = new JoinedCalls(world.work);
    this.#down = new DownRuns(world, node);
    this.edge = new Edge({ limits, directory, storeIdHigh: world.storeIdHigh, storeIdLow: world.storeIdLow });
    this.owner = new Owner({ limits, directory, node, storeIdHigh: world.storeIdHigh, storeIdLow: world.storeIdLow });
  }

  // ---- events

  opened(connection: number, bytes: Uint8Array, start: number, end: number): void {
    this.#opened.connection = connection;
    this.edge.step(this.#opened, this.#time.nowMs, this);
    this.received(connection, bytes, start, end);
  }

  received(connection: number, bytes: Uint8Array, start: number, end: number): void {
    this.#dirty = true;
    this.#received.connection = connection;
    this.#received.bytes = bytes;
    this.#received.start = start;
    this.#received.end = end;
    this.edge.step(this.#received, this.#time.nowMs, this);
  }

  verified(connection: number): void {
    const token = this.#tokens.get(connection);
    this.#tokens.delete(connection);
    if (token === undefined) throw new Error('a token nobody gave');
    this.#dirty = true;
    this.edge.step({ kind: 'verified', connection, ...token, newUser: 0 }, this.#time.nowMs, this);
  }

  /** `[u32 length of the owner's part][owner's part][edge's part]`. */
  peerReceived(from: Node, bytes: Uint8Array, start: number, end: number): void {
    this.#dirty = true;
    const length = ((bytes[start] << 24) | (bytes[start + 1] << 16) | (bytes[start + 2] << 8) | bytes[start + 3]) >>> 0;
    const edgesAt = start + 4 + length;
    if (length > 0) this.#ownerStep(from, bytes, start + 4, edgesAt);
    if (edgesAt < end) this.#edgeStep(from, bytes, edgesAt, end);
  }

  written(id: number, isOk: boolean): void {
    this.#dirty = true;
    this.#written.id = id;
    this.#written.outcome = isOk ? ok : conditionFalse;
    this.owner.step(this.#written, this.#time.nowMs, this);
  }

  got(id: number): void {
    this.#dirty = true;
    this.owner.step({ kind: 'got', id, result: this.#take(id) as GetResult }, this.#time.nowMs, this);
  }

  scanned(id: number): void {
    this.#dirty = true;
    this.owner.step({ kind: 'scanned', id, result: this.#take(id) as ScanResult }, this.#time.nowMs, this);
  }

  random(id: number): void {
    this.#dirty = true;
    const { draws } = this.#world;
    this.owner.step({ kind: 'random', id, high: draws.u32(), low: draws.u32() }, this.#time.nowMs, this);
  }

  /** Only the last planned wake counts. */
  wake(tick: number): void {
    if (tick !== this.#wakeTick) return;
    this.#wakeTick = 0;
    this.#dirty = true;
    const { nowMs } = this.#time;
    if (this.edge.nextWakeMs() <= nowMs) {
      this.#world.work.timersOfNodes += 1;
      this.edge.step(this.#tick, nowMs, this);
    }
    if (this.owner.nextWakeMs() <= nowMs) {
      this.#world.work.timersOfNodes += 1;
      this.owner.step(this.#tick, nowMs, this);
    }
  }

  waitEnded(): void {
    this.#dirty = true;
    this.#down.endWait();
  }

  /** The end of a tick. */
  turn(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    this.#exchange();
    this.#flushPeer();
    this.#down.flush();
    this.#planWake();
  }

  // ---- effects

  toConnection(connection: number, bytes: Uint8Array, start: number, end: number): void {
    this.#down.add(connection, bytes, start, end);
  }

  close(connection: number, code: number): void {
    this.#down.close(connection, code);
  }

  verifyToken(connection: number, token: string): void {
    const judged = judgeToken(token, this.#time.nowMs);
    if (typeof judged === 'number') throw new Error(`a device gave the token ${token}`);
    this.#tokens.set(connection, judged);
    this.#world.wheel.schedule(this.#time.tick + ticksOfUs(verifyUs), Code.verified, connection, 0, 0);
  }

  toNode(to: Node, bytes: Uint8Array, start: number, end: number): void {
    const forEdge = isForEdge(bytes[start]);
    const { work } = this.#world;
    if (to !== this.node) {
      work.framesPeer += 1;
      (forEdge ? this.#peerEdge : this.#peerOwner).framed(bytes, start, end);
      return;
    }
    work.framesInside += 1;
    (forEdge ? this.#toEdge : this.#fromOwner ? this.#ownToOwner : this.#toOwner).framed(bytes, start, end);
  }

  ownerMoved(): void {
    throw new Error('no partition moves in a day');
  }

  storeWrite(request: StoreWrite): void {
    const { store, wheel, draws, work } = this.#world;
    const isApplied = store.write(request);
    const us = writeUsMin + draws.below(writeUsMax - writeUsMin);
    wheel.schedule(this.#time.tick + ticksOfUs(us), isApplied ? Code.written : Code.refusedWrite, this.node, request.id, 0);
    work.batches += 1;
    this.#calls.batch(this.#time.tick);
  }

  storeGet(id: number, table: Table, key: Uint8Array): void {
    this.#answerLater(Code.got, id, this.#world.store.get(table, key));
  }

  storeScan(id: number, request: ScanRequest): void {
    this.#answerLater(Code.scanned, id, this.#world.store.scan(request));
  }

  drawRandom(id: number): void {
    this.#world.wheel.schedule(this.#time.tick + 1, Code.random, this.node, id, 0);
  }

  settled(): void {
    throw new Error('no partition moves in a day');
  }

  // ----

  #take(id: number): GetResult | ScanResult {
    const result = this.#results.get(id);
    this.#results.delete(id);
    if (result === undefined) throw new Error('an answer nobody waits for');
    return result;
  }

  #answerLater(code: number, id: number, result: GetResult | ScanResult): void {
    this.#results.set(id, result);
    const us = readUsMin + this.#world.draws.below(readUsMax - readUsMin);
    this.#world.wheel.schedule(this.#time.tick + ticksOfUs(us), code, this.node, id, 0);
  }

  #ownerStep(from: Node, bytes: Uint8Array, start: number, end: number): void {
    this.#ownerLink.from = from;
    this.#ownerLink.bytes = bytes;
    this.#ownerLink.start = start;
    this.#ownerLink.end = end;
    this.#fromOwner = true;
    this.owner.step(this.#ownerLink, this.#time.nowMs, this);
    this.#fromOwner = false;
  }

  #edgeStep(from: Node, bytes: Uint8Array, start: number, end: number): void {
    this.#edgeLink.from = from;
    this.#edgeLink.bytes = bytes;
    this.#edgeLink.start = start;
    this.#edgeLink.end = end;
    this.edge.step(this.#edgeLink, this.#time.nowMs, this);
  }

  /** Both ways until nothing is left. */
  #exchange(): void {
    for (let round = 0; this.#toOwner.length + this.#ownToOwner.length + this.#toEdge.length > 0; round += 1) {
      if (round > turnRoundsMax) throw new Error('edge and owner talk without end');
      if (this.#toOwner.length > 0) {
        const run = this.#toOwner;
        this.#toOwner = this.#emptySpare(run);
        this.#countInside(run);
        this.#ownerStep(this.node, run.bytes, 0, run.length);
      }
      if (this.#ownToOwner.length > 0) {
        const run = this.#ownToOwner;
        this.#ownToOwner = this.#emptySpare(run);
        this.#countInside(run);
        this.#ownerStep(this.node, run.bytes, 0, run.length);
      }
      if (this.#toEdge.length > 0) {
        const run = this.#toEdge;
        this.#toEdge = this.#emptySpare(run);
        this.#countInside(run);
        this.#edgeStep(this.node, run.bytes, 0, run.length);
      }
    }
  }

  /** The spare writer, emptied; `run` is the spare one from now on, until the step that reads it is over. */
  #emptySpare(run: FrameWriter): FrameWriter {
    const spare = this.#spare;
    spare.reset();
    this.#spare = run;
    return spare;
  }

  #countInside(run: FrameWriter): void {
    const { work } = this.#world;
    work.runsInside += 1;
    work.bytesInside += run.length;
  }

  #flushPeer(): void {
    const owners = this.#peerOwner;
    const edges = this.#peerEdge;
    if (owners.length + edges.length === 0) return;
    const run = this.#peerRun;
    run.reset();
    run.u32(owners.length);
    run.append(owners.bytes, 0, owners.length);
    run.append(edges.bytes, 0, edges.length);
    owners.reset();
    edges.reset();
    const { work, pool, wheel } = this.#world;
    work.runsPeer += 1;
    work.bytesPeer += run.length - 4;
    wheel.schedule(this.#time.tick + ticksOfUs(peerUs), Code.peer, 1 - this.node, pool.put(run.bytes, run.length), run.length);
  }

  #planWake(): void {
    const wakeMs = Math.min(this.edge.nextWakeMs(), this.owner.nextWakeMs());
    if (wakeMs === Number.POSITIVE_INFINITY) return;
    const tick = Math.max(this.#time.tickOfMs(wakeMs), this.#time.tick + 1);
    if (this.#wakeTick !== 0 && this.#wakeTick <= tick) return;
    this.#wakeTick = tick;
    this.#world.wheel.schedule(tick, Code.wake, this.node, tick, 0);
  }
}
