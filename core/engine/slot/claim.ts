/**
 * The claim of one slot: read the fence, raise the epoch by a conditional write on the exact bytes read, with a new claimId each time,
 * then read the obligations (DESIGN 6; models/store, "silent points" 1).
 */
import { Tag, writeFenceKey, writeTagKey } from '../../model/keys.ts';
import { RowBatch } from '../../model/row-batch.ts';
import { type Fence, readFence, writeFence } from '../../model/values.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { type GetResult, type Row, type ScanResult, Table, type WriteOutcome } from '../../store/port.ts';
import { unreachable } from '../assert.ts';
import { Holding } from '../holding.ts';
import type { Waiting } from '../owner-context.ts';
import type { SlotState } from './slot-state.ts';
import type { Slots } from './slots.ts';

/** Cell timestamps are epoch·2^40 + batch, and 1·2^40 lies below today's clock (DESIGN 7). */
const firstEpoch = 2;

export class Claim implements Waiting {
  readonly slot: SlotState;
  /** The slot was ours: sessions of its users are still registered. */
  readonly own: boolean;
  private readonly slots: Slots;
  private expected: Uint8Array | null = null;
  private readonly rows = new RowBatch(128);
  private id = 0;
  /** What this claim makes of the fence. */
  private readonly fence: Fence = { epoch: 0, claimHigh: 0, claimLow: 0, batch: 0, released: false, assignment: 0 };
  /** What `again` repeats. */
  private stage: 'fence' | 'write' | 'obligations' = 'fence';
  /** Written at least once: a fence read after a false condition may be ours already. */
  private sent = false;
  private found: Row[] = [];

  constructor(slots: Slots, slot: SlotState, own: boolean) {
    this.slots = slots;
    this.slot = slot;
    this.own = own;
  }

  begin(): void {
    this.stage = 'fence';
    const key = this.slots.context.key;
    key.reset();
    writeFenceKey(key, this.slot.partition, this.slot.slot);
    this.slots.context.get(this.slot.table, key.copy(), this);
  }

  /** Repeats the step that did not succeed. */
  again(): void {
    if (this.stage === 'fence') this.begin();
    else if (this.stage === 'write') this.send();
    else this.readObligations();
  }

  got(result: GetResult): void {
    if (result.kind === 'unavailable') {
      this.slots.claimTrouble(this, ErrorCode.unavailable);
      return;
    }
    const seen = result.value === null ? null : readFence(result.value);
    if (this.sent && seen !== null && this.isMine(seen)) {
      this.claimed();
      return;
    }
    if (seen !== null && !this.mayTake(seen)) {
      this.slots.claimTrouble(this, ErrorCode.unavailable);
      return;
    }
    this.expected = result.value;
    this.fence.epoch = seen === null ? firstEpoch : Math.max(firstEpoch, seen.epoch + 1);
    this.slots.context.drawRandom(this);
  }

  random(high: number, low: number): void {
    const { fence } = this;
    fence.claimHigh = high;
    fence.claimLow = low;
    fence.assignment = this.slots.context.version;
    const { key, value } = this.slots.context;
    key.reset();
    writeFenceKey(key, this.slot.partition, this.slot.slot);
    value.reset();
    writeFence(value, fence);
    this.rows.reset();
    this.rows.put(this.slot.table, key.view(), value.view());
    this.id = this.slots.context.takeId();
    this.send();
  }

  written(outcome: WriteOutcome): void {
    switch (outcome.kind) {
      case 'ok':
        this.claimed();
        break;
      case 'conditionFalse':
        // Ours, if an earlier attempt of these bytes was applied; else somebody came first: start over with a new claimId.
        this.begin();
        break;
      case 'unknown':
        this.slots.claimTrouble(this, ErrorCode.delayed);
        break;
      case 'failed':
        this.slots.claimTrouble(this, outcome.reason === 'busy' ? ErrorCode.busy : ErrorCode.unavailable);
        break;
      default:
        unreachable(outcome);
    }
  }

  scanned(result: ScanResult): void {
    if (result.kind === 'unavailable') {
      this.slots.claimTrouble(this, ErrorCode.unavailable);
      return;
    }
    for (const row of result.rows) this.found.push(row);
    if (result.more) this.readObligations();
    else this.slots.claimDone(this, this.found);
  }

  private send(): void {
    this.stage = 'write';
    this.sent = true;
    this.slots.write(this, this.id, this.slot, this.expected, this.rows);
  }

  /** A claim by a newer assignment than ours stands; one that is not released stands while its owner may live (DESIGN 6). */
  private mayTake(seen: Fence): boolean {
    const { context } = this.slots;
    const { slot } = this;
    if (seen.assignment > context.version) return false;
    if (seen.released || context.holdings[slot.partition] === Holding.all) return true;
    return this.own && slot.isOurs(seen);
  }

  private isMine({ epoch, claimHigh, claimLow }: Fence): boolean {
    return epoch === this.fence.epoch && claimHigh === this.fence.claimHigh && claimLow === this.fence.claimLow;
  }

  private claimed(): void {
    const { slot } = this;
    slot.claimed(this.fence);
    // A slot never used before has no obligations; names have none at all.
    if (this.expected === null || slot.table === Table.names) this.slots.claimDone(this, []);
    else this.readObligations();
  }

  private readObligations(): void {
    this.stage = 'obligations';
    const key = this.slots.context.key;
    key.reset();
    const last = this.found.at(-1);
    if (last === undefined) {
      writeTagKey(key, this.slot.partition, this.slot.slot, Tag.obligation);
    } else {
      key.append(last.key);
      key.u8(0);
    }
    const start = key.copy();
    key.reset();
    writeTagKey(key, this.slot.partition, this.slot.slot, Tag.obligation + 1);
    this.slots.context.scan({ table: this.slot.table, start, end: key.copy(), limit: 256, reverse: false, bytesMax: 256 * 1024 }, this);
  }
}
