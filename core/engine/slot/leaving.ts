/**
 * Slots whose partition was taken away: what waits is refused, what is in flight and gathers is written out, then the fence is released
 * (DESIGN 6: "on loss it stops serving, finishes the batch, releases").
 */
import { assert } from '../assert.ts';
import type { OwnerContext } from '../owner-context.ts';
import { Release } from './release.ts';
import type { SlotHooks } from './slot-hooks.ts';
import { type SlotState, SlotStatus } from './slot-state.ts';
import type { Slots } from './slots.ts';

export class Leaving {
  /** Slots that are being let go. */
  count = 0;
  private readonly context: OwnerContext;
  private readonly slots: Slots;
  private readonly hooks: SlotHooks;
  /** Slots with parked frames for a partition that is not served here. */
  private refusing: SlotState[] = [];

  constructor(context: OwnerContext, slots: Slots, hooks: SlotHooks) {
    this.context = context;
    this.slots = slots;
    this.hooks = hooks;
  }

  /** What the caller parks with the slot is refused at the end of the step. */
  refuseSoon(slot: SlotState): void {
    this.refusing.push(slot);
  }

  /** End of a step. */
  refuseParked(): void {
    if (this.refusing.length === 0) return;
    const refusing = this.refusing;
    this.refusing = [];
    for (const slot of refusing) {
      if (this.context.serves(slot.partition)) continue;
      const code = this.context.codeOf(slot.partition);
      slot.parked?.replay((from, frame) => this.hooks.refuse(slot, from, frame, code));
    }
  }

  begin(slot: SlotState): void {
    this.refuseSoon(slot);
    if (slot.leaving || slot.status === SlotStatus.cold) return;
    slot.leave = { releasing: false, by: this.context.now + this.context.limits.releaseMs };
    this.count += 1;
    if (slot.status === SlotStatus.ready) this.goOn(slot);
  }

  /** The next step: what gathers is written, then the fence. */
  goOn(slot: SlotState): void {
    assert(slot.leave?.releasing === false, 'a slot is released twice');
    if (slot.inFlight === null) this.slots.flush(slot);
    if (slot.inFlight !== null) return;
    slot.leave.releasing = true;
    new Release(this.slots, slot).again();
  }

  /** It is gone. */
  end(slot: SlotState): void {
    if (!slot.leaving) return;
    slot.leave = null;
    this.count -= 1;
  }
}
