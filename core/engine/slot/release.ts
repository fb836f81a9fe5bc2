/**
 * The release of one slot: the fence is rewritten with the same batch number and the mark `released`, so that the next owner claims at once
 * (DESIGN 6). After it was sent nothing is written under that claim any more; whatever becomes of it, the slot is not ours.
 */
import { writeFenceKey } from '../../model/keys.ts';
import { RowBatch } from '../../model/row-batch.ts';
import { writeFence } from '../../model/values.ts';
import type { WriteOutcome } from '../../store/port.ts';
import type { SlotState } from './slot-state.ts';
import type { Slots } from './slots.ts';

export class Release {
  readonly slot: SlotState;
  private readonly slots: Slots;
  private readonly rows = new RowBatch(128);
  private readonly id: number;

  constructor(slots: Slots, slot: SlotState) {
    this.slots = slots;
    this.slot = slot;
    const { key, value } = slots.context;
    key.reset();
    writeFenceKey(key, slot.partition, slot.slot);
    value.reset();
    writeFence(value, { ...slot.fence(slot.batch), released: true });
    this.rows.put(slot.table, key.view(), value.view());
    this.id = slots.context.takeId();
  }

  /** Sends it, or sends it again. */
  again(): void {
    this.slots.write(this, this.id, this.slot, this.slots.fenceOf(this.slot), this.rows);
  }

  written(outcome: WriteOutcome): void {
    const { slots, slot } = this;
    // Condition false: an attempt before this one was applied, or somebody claimed the slot.
    const isLate = slot.leave === null || slots.context.now >= slot.leave.by;
    const isOver = outcome.kind === 'ok' || outcome.kind === 'conditionFalse' || isLate;
    if (isOver) slots.released(slot, outcome.kind === 'ok');
    else slots.retryLater(this);
  }
}
