/**
 * The slots of this node: claims on first use, one batch in flight each, group commit, and every outcome of a write (DESIGN 4, 6).
 *
 * Method: the home and user parts note dirty rows in a slot's gather; `flush` turns it into one conditional batch that writes batch
 * number k on condition that the fence row holds (epoch, claimId, k - 1), byte for byte. What comes back decides: applied, sent again
 * as the same bytes, rolled back, claimed again by ourselves, or fenced off. After any doubt about memory all of it is forgotten.
 */
import { writeFenceKey } from '../../model/keys.ts';
import { RowBatch } from '../../model/row-batch.ts';
import { writeFence } from '../../model/values.ts';
import type { Row, Table, WriteOutcome } from '../../store/port.ts';
import { assert } from '../assert.ts';
import { Holding } from '../holding.ts';
import type { OwnerContext } from '../owner-context.ts';
import { Claim } from './claim.ts';
import { Gather } from './gather.ts';
import { Leaving } from './leaving.ts';
import { Outcomes } from './outcomes.ts';
import type { SlotHooks } from './slot-hooks.ts';
import { SlotState, SlotStatus } from './slot-state.ts';
import { SlotTable } from './slot-table.ts';
import { SlotTimers, type Target } from './slot-timers.ts';

/** Gathers and batches kept for use again: as many as are in flight at once under full load, else each batch makes its arenas anew. */
const recycledMax = 1024;
const rowBatchBytesStart = 2048;

export class Slots {
  readonly context: OwnerContext;
  readonly leaving: Leaving;
  private readonly outcomes: Outcomes;
  private readonly hooks: SlotHooks;
  private readonly slots = new SlotTable();
  private readonly writing = new Map<number, Target>();
  /** Slots whose gather became urgent in this step. */
  private touched: SlotState[] = [];
  private readonly timers = new SlotTimers();
  private readonly gathers: Gather[] = [];
  private readonly batches: RowBatch[] = [];
  /** Claims, and looks at fences. */
  busyCount = 0;

  constructor(context: OwnerContext, hooks: SlotHooks) {
    this.context = context;
    this.hooks = hooks;
    this.leaving = new Leaving(context, this, hooks);
    this.outcomes = new Outcomes(this);
  }

  of(table: Table, partition: number, slot: number): SlotState {
    return this.slots.of(table, partition, slot);
  }

  /**
   * Is the slot claimed, and served here? If not, the caller parks its frame in `slot.park()`: a claim is begun, or the frame is refused at
   * the end of the step.
   */
  isReady(slot: SlotState): boolean {
    const isServed = this.context.serves(slot.partition);
    if (isServed && slot.status === SlotStatus.ready && !slot.leaving) return true;
    if (!isServed) this.leaving.refuseSoon(slot);
    if (slot.status === SlotStatus.cold && this.context.holdings[slot.partition] !== Holding.none) this.claim(slot, false);
    return false;
  }

  /** Partitions were taken away: their slots are written out and released. */
  letGo(isLost: (partition: number) => boolean): void {
    for (const slot of this.slots.all()) if (isLost(slot.partition)) this.leaving.begin(slot);
  }

  /** The gather of a ready slot. */
  gather(slot: SlotState): Gather {
    assert(slot.status === SlotStatus.ready, 'gather of a slot that is not ours');
    if (slot.gather === null) slot.gather = this.gathers.pop() ?? new Gather();
    return slot.gather;
  }

  /** No room for another event now? */
  isFull(slot: SlotState): boolean {
    const gather = slot.gather;
    return (
      gather !== null &&
      (gather.byteLength >= this.context.limits.batchBytesMax || gather.sources.length >= this.context.limits.batchRowsMax)
    );
  }

  /** What gathers goes at the end of this step. */
  urgent(slot: SlotState): void {
    const { gather } = slot;
    assert(gather !== null, 'nothing gathers that could be urgent');
    if (gather.dueAt === 0) return;
    gather.dueAt = 0;
    this.touched.push(slot);
  }

  /** What gathers goes with the next batch, at the latest after `lazyWriteMs`. */
  later(slot: SlotState): void {
    const { gather } = slot;
    assert(gather !== null, 'nothing gathers that could wait');
    if (gather.dueAt !== Number.POSITIVE_INFINITY) return;
    gather.dueAt = this.context.now + this.context.limits.lazyWriteMs;
    this.timers.addLazy(slot);
  }

  /** End of a step: write what became urgent in it. */
  flushTouched(): void {
    this.leaving.refuseParked();
    if (this.touched.length === 0) return;
    const touched = this.touched;
    this.touched = [];
    for (const slot of touched) this.flush(slot);
  }

  /** Claims and looks at fences. */
  get claimsUnderWay(): number {
    return this.busyCount;
  }

  /** Batches in flight, claims, and gathers that wait. */
  get busy(): boolean {
    if (this.writing.size > 0 || this.busyCount > 0) return true;
    for (const slot of this.slots.all()) {
      if (slot.inFlight !== null || (slot.gather !== null && !slot.gather.empty)) return true;
    }
    return false;
  }

  nextWakeMs(): number {
    return this.timers.nextWakeMs();
  }

  tick(): void {
    this.timers.tick(
      this.context.now,
      (slot) => this.flush(slot),
      (target) => this.again(target),
    );
  }

  written(id: number, outcome: WriteOutcome): void {
    const target = this.writing.get(id);
    assert(target !== undefined, 'an outcome nobody waits for');
    this.writing.delete(id);
    if (target instanceof SlotState) this.outcomes.batchWritten(target, outcome);
    else target.written(outcome);
  }

  // ---- for Claim and Release

  write(target: Target, id: number, slot: SlotState, expected: Uint8Array | null, rows: RowBatch): void {
    const key = this.context.key;
    key.reset();
    writeFenceKey(key, slot.partition, slot.slot);
    this.writing.set(id, target);
    this.context.out.storeWrite({
      id,
      table: slot.table,
      partition: slot.partition,
      slot: slot.slot,
      fenceKey: key.view(),
      expectedFence: expected,
      ops: rows.bytes,
      opCount: rows.count,
    });
  }

  retryLater(target: Target): void {
    this.timers.addRetry(target, this.context.now + this.context.limits.unknownRetryMs);
  }

  claimDone(claim: Claim, obligations: readonly Row[]): void {
    const slot = claim.slot;
    this.busyCount -= 1;
    slot.status = SlotStatus.ready;
    slot.claimedAfterMs = this.context.now - this.context.startedAt;
    slot.trouble = 0;
    slot.obligationsOpen = 0;
    this.context.counters.claims += 1;
    if (slot.leaving) {
      this.leaving.goOn(slot);
      return;
    }
    this.hooks.claimed(slot, obligations, claim.own);
    this.replayParked(slot);
  }

  /** A step of the claim did not succeed: who waits is told, the claim goes on later. */
  claimTrouble(claim: Claim, code: number): void {
    const slot = claim.slot;
    if (slot.leaving) {
      this.giveUp(claim);
      return;
    }
    slot.trouble = code;
    slot.parked?.replay((from, frame) => this.hooks.refuse(slot, from, frame, code));
    this.retryLater(claim);
  }

  released(slot: SlotState, done: boolean): void {
    if (done) this.context.counters.slotsReleased += 1;
    this.forgetSlot(slot);
  }

  // ---- for Outcomes and Leaving

  private giveUp(claim: Claim): void {
    this.busyCount -= 1;
    this.forgetSlot(claim.slot);
  }

  private claim(slot: SlotState, own: boolean): void {
    slot.status = SlotStatus.claiming;
    this.busyCount += 1;
    new Claim(this, slot, own).begin();
  }

  private replayParked(slot: SlotState): void {
    slot.parked?.replay((from, frame) => this.hooks.replay(from, frame));
    if (slot.parked?.count === 0) slot.parked = null;
  }

  private again(target: Target): void {
    if (target instanceof SlotState) this.sendBatch(target);
    else if (target instanceof Claim && target.slot.leaving) this.giveUp(target);
    else target.again();
  }

  /** What gathers goes now, if nothing of the slot is under way. */
  flush(slot: SlotState): void {
    const gather = slot.gather;
    if (gather === null || slot.leave?.releasing === true || slot.inFlight !== null || slot.status !== SlotStatus.ready) return;
    slot.gather = null;
    if (gather.empty) {
      this.giveBack(gather);
      return;
    }
    slot.inFlight = gather;
    gather.rows = this.batches.pop() ?? new RowBatch(rowBatchBytesStart);
    this.encode(slot, gather, gather.rows);
    gather.writeId = this.context.takeId();
    this.sendBatch(slot);
  }

  private encode(slot: SlotState, gather: Gather, rows: RowBatch): void {
    const { key, value, counters } = this.context;
    rows.reset();
    key.reset();
    writeFenceKey(key, slot.partition, slot.slot);
    value.reset();
    writeFence(value, slot.fence(slot.batch + 1));
    rows.put(slot.table, key.view(), value.view());
    for (let index = 0; index < gather.eventCount; index++) {
      const event = gather.event(index);
      assert(event.conversation !== null, 'an event without its conversation');
      event.conversation.writeEventRow(event, gather, rows);
    }
    // A source may note further rows of its own while it writes (recent changes): the list may grow.
    for (let index = 0; index < gather.sources.length; index++) {
      const source = gather.sources[index];
      source.gathered &= ~gather.whats[index];
      source.writeRow(gather.whats[index], rows, slot);
    }
    counters.batches += 1;
    counters.rows += rows.count;
    counters.bytesWritten += rows.byteLength;
  }

  private sendBatch(slot: SlotState): void {
    const batch = slot.inFlight;
    assert(batch?.rows != null, 'no batch to send');
    this.write(slot, batch.writeId, slot, this.fenceOf(slot), batch.rows);
  }

  /** The fence row's bytes as our claim left them: the condition of the next batch. */
  fenceOf(slot: SlotState): Uint8Array {
    const { value } = this.context;
    value.reset();
    writeFence(value, slot.fence(slot.batch));
    return value.copy();
  }

  commit(slot: SlotState): void {
    const gather = slot.inFlight;
    assert(gather !== null, 'an outcome without a batch');
    slot.inFlight = null;
    slot.batch += 1;
    slot.trouble = 0;
    for (let index = 0; index < gather.sources.length; index++) gather.sources[index].rowDurable(gather.whats[index], slot);
    this.hooks.committed(slot, gather);
    for (const answer of gather.answers) {
      // Without a frame it only says what to do when the batch is rolled back.
      if (answer.frame.length === 0) continue;
      this.context.toSessionBytes(answer.node, answer.session, 0, answer.frame, 0, answer.frame.length);
    }
    for (const link of gather.links) this.context.out.toNode(link.node, link.frame, 0, link.frame.length);
    this.giveBack(gather);
    if (slot.leaving) this.leaving.goOn(slot);
    else if (slot.dueAt <= this.context.now) this.flush(slot);
  }

  private giveBack(gather: Gather): void {
    if (gather.rows !== null) this.batches.push(gather.rows);
    gather.rows = null;
    gather.recycle();
    if (this.gathers.length < recycledMax) this.gathers.push(gather);
    if (this.batches.length > recycledMax) this.batches.length = recycledMax;
  }

  rollBack(slot: SlotState, code: number): void {
    this.context.counters.rollbacks += 1;
    this.dropBatches(slot, code);
    if (slot.leaving) {
      this.forgetSlot(slot);
      return;
    }
    this.hooks.forget(slot);
    // Forgotten memory is loaded anew by claiming again: obligations are redone and sessions caught up on the way.
    this.claim(slot, true);
  }

  /** Another claim holds the slot: nothing is answered, nothing is known. */
  lose(slot: SlotState): void {
    this.context.counters.fencedSlots += 1;
    this.forgetSlot(slot);
  }

  /** The slot is not ours any more, or not for sure. What waits for it is refused, or claims it again if it is to be ours once more. */
  forgetSlot(slot: SlotState): void {
    this.dropBatches(slot, 0);
    slot.status = SlotStatus.cold;
    this.hooks.forget(slot);
    this.hooks.fenced(slot);
    slot.trouble = 0;
    this.leaving.end(slot);
    if (slot.parked !== null && slot.parked.count > 0) this.isReady(slot);
  }

  /** Unknown for too long: claiming the slot again kills late attempts. Nothing is answered: senders retry. */
  claimAgain(slot: SlotState): void {
    if (slot.leaving) {
      this.forgetSlot(slot);
      return;
    }
    this.context.counters.selfReclaims += 1;
    this.dropBatches(slot, 0);
    this.hooks.forget(slot);
    this.claim(slot, true);
  }

  /** `code` 0: nothing may be answered. */
  private dropBatches(slot: SlotState, code: number): void {
    for (const gather of [slot.inFlight, slot.gather]) {
      if (gather === null) continue;
      if (code !== 0) this.hooks.rolledBack(slot, gather, code);
      gather.clear();
      this.giveBack(gather);
    }
    slot.inFlight = null;
    slot.gather = null;
  }
}
