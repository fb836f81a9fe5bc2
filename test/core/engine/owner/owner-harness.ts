// An owner over a memory store, with its link frames noted as decoded frames. Store calls and random words are answered at once, in order;
// `held` keeps the answers back until they are let go.
import type { Holding } from '../../../../core/engine/holding.ts';
import { Owner } from '../../../../core/engine/owner.ts';
import type { OwnerInput, OwnerOut } from '../../../../core/engine/owner-port.ts';
import { writeFenceKey } from '../../../../core/model/keys.ts';
import { partitionCount, partitionOf, slotOf } from '../../../../core/model/partition.ts';
import { type Fence, readFence } from '../../../../core/model/values.ts';
import { decodeFrame, encodeFrame, encodeFrames } from '../../../../core/protocol/codec.ts';
import { FrameType } from '../../../../core/protocol/generated/frame-type.ts';
import type { Frame } from '../../../../core/protocol/generated/frames.ts';
import { checkLimits, type Limits } from '../../../../core/protocol/limits.ts';
import { FrameWriter } from '../../../../core/protocol/writer.ts';
import type { MemoryStore } from '../../../../core/store/memory/memory-store.ts';
import { type ScanRequest, type StoreWrite, Table } from '../../../../core/store/port.ts';
import { frame } from '../edge/edge-harness.ts';

export const limits = checkLimits();

export class OwnerHarness implements OwnerOut {
  readonly owner: Owner;
  readonly node: number;
  nowMs = 1_000_000;
  /** Link frames that left, those of `toSession` unpacked. */
  readonly told: Frame[] = [];
  readonly settledVersions: number[] = [];
  held = false;
  private readonly store: MemoryStore;
  private readonly inputs: OwnerInput[] = [];
  private random = 1;

  constructor(store: MemoryStore, node: number, changes: Partial<Limits> = {}) {
    this.store = store;
    this.node = node;
    this.owner = new Owner({ limits: checkLimits(changes), directory: { ownerOf: () => node }, node, storeIdHigh: 1, storeIdLow: 2 });
  }

  /** The same holding of every partition. */
  assigned(holding: Holding, version: number): void {
    this.step({ kind: 'assigned', holdings: new Uint8Array(partitionCount).fill(holding), version });
  }

  link(...frames: Frame[]): void {
    this.step({ kind: 'link', from: this.node, bytes: encodeFrames(frames) });
  }

  /** A client frame of a user's session for a conversation. */
  toHome(user: number, inner: Frame): void {
    this.link(frame('toHome', { session: 7, user, frame: encodeFrame(inner) }));
  }

  step(input: OwnerInput): void {
    this.owner.step(input, this.nowMs, this);
    this.goOn();
  }

  /** Answers what was asked meanwhile. */
  goOn(): void {
    while (!this.held) {
      const next = this.inputs.shift();
      if (next === undefined) return;
      this.owner.step(next, this.nowMs, this);
    }
  }

  pass(ms: number): void {
    const end = this.nowMs + ms;
    for (let wake = this.owner.nextWakeMs(); wake <= end; wake = this.owner.nextWakeMs()) {
      this.nowMs = Math.max(this.nowMs + 1, wake);
      this.step({ kind: 'tick' });
    }
    this.nowMs = Math.max(end, this.nowMs);
  }

  fenceOf(user: number): Fence | null {
    const key = new FrameWriter(8);
    writeFenceKey(key, partitionOf(user), slotOf(user));
    const value = this.store.get(Table.users, key.view());
    return value === null ? null : readFence(value);
  }

  /** Frames of one kind that left since the last look. */
  take(type: number): Frame[] {
    const found = this.told.filter((told) => told.type === type);
    for (const taken of found) this.told.splice(this.told.indexOf(taken), 1);
    return found;
  }

  // ---- effects

  toNode(_node: number, bytes: Uint8Array, start: number, end: number): void {
    const outer = decode(bytes.slice(start, end));
    this.told.push(outer.type === FrameType.toSession && 'frame' in outer ? decode(outer.frame) : outer);
  }

  storeWrite(request: StoreWrite): void {
    this.inputs.push({ kind: 'written', id: request.id, outcome: { kind: this.store.write(request) } });
  }

  storeGet(id: number, table: Table, key: Uint8Array): void {
    this.inputs.push({ kind: 'got', id, result: { kind: 'ok', value: this.store.get(table, key) } });
  }

  storeScan(id: number, request: ScanRequest): void {
    this.inputs.push({ kind: 'scanned', id, result: { kind: 'ok', ...this.store.scan(request) } });
  }

  drawRandom(id: number): void {
    this.inputs.push({ kind: 'random', id, high: this.node, low: this.random++ });
  }

  settled(version: number): void {
    this.settledVersions.push(version);
  }
}

function decode(bytes: Uint8Array): Frame {
  const decoded = decodeFrame(bytes);
  if ('failed' in decoded) throw new Error(`not a frame: ${decoded.reason}`);
  return decoded;
}
