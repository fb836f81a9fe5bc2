/**
 * What the outcome of a slot's batch means (DESIGN 4, "Outcomes of a write"): applied, sent again as the same bytes, rolled back, claimed
 * again by ourselves, or fenced off.
 *
 * Method: an unknown outcome makes every later failure of that batch unknown, too, because an earlier attempt may still be applied; a false
 * condition is judged by the fence row. A slot that is being let go is given up where another would be claimed again.
 */
import { writeFenceKey } from '../../model/keys.ts';
import { readFence } from '../../model/values.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import type { GetResult, WriteOutcome } from '../../store/port.ts';
import { assert, unreachable } from '../assert.ts';
import type { Gather } from './gather.ts';
import type { SlotState } from './slot-state.ts';
import type { Slots } from './slots.ts';

export class Outcomes {
  private readonly slots: Slots;

  constructor(slots: Slots) {
    this.slots = slots;
  }

  batchWritten(slot: SlotState, outcome: WriteOutcome): void {
    switch (outcome.kind) {
      case 'ok':
        this.slots.commit(slot);
        break;
      case 'unknown':
        this.unknown(slot);
        break;
      case 'failed':
        this.failed(slot, outcome.reason === 'busy' ? ErrorCode.busy : ErrorCode.unavailable);
        break;
      case 'conditionFalse':
        this.lookAtFence(slot);
        break;
      default:
        unreachable(outcome);
    }
  }

  private unknown(slot: SlotState): void {
    const { counters, now, limits } = this.slots.context;
    const batch = inFlight(slot);
    counters.unknownOutcomes += 1;
    if (batch.unknownSince === 0) batch.unknownSince = now;
    slot.trouble = ErrorCode.delayed;
    if (slot.leave !== null && now >= slot.leave.by) this.slots.forgetSlot(slot);
    else if (now - batch.unknownSince >= limits.unknownMaxMs) this.slots.claimAgain(slot);
    else this.slots.retryLater(slot);
  }

  private failed(slot: SlotState, code: number): void {
    const { now, limits } = this.slots.context;
    const batch = inFlight(slot);
    if (batch.unknownSince !== 0) {
      // An earlier attempt may still be applied: number k must not be used for anything else.
      this.unknown(slot);
      return;
    }
    if (batch.failingSince === 0) batch.failingSince = now;
    slot.trouble = code;
    if (now - batch.failingSince < limits.failedMaxMs) this.slots.retryLater(slot);
    else this.slots.rollBack(slot, code);
  }

  private lookAtFence(slot: SlotState): void {
    const { context } = this.slots;
    context.key.reset();
    writeFenceKey(context.key, slot.partition, slot.slot);
    this.slots.busyCount += 1;
    context.get(slot.table, context.key.copy(), { got: (result) => this.fenceSeen(slot, result) });
  }

  private fenceSeen(slot: SlotState, result: GetResult): void {
    const { counters } = this.slots.context;
    this.slots.busyCount -= 1;
    if (result.kind === 'unavailable' || result.value === null) {
      this.unknown(slot);
      return;
    }
    const fence = readFence(result.value);
    const mine = slot.isOurs(fence) && !fence.released;
    if (mine && fence.batch === slot.batch + 1) {
      counters.unknownFoundApplied += 1;
      this.slots.commit(slot);
    } else if (mine && fence.batch === slot.batch) {
      counters.staleServerSpoke += 1;
      this.unknown(slot);
    } else {
      this.slots.lose(slot);
    }
  }
}

function inFlight(slot: SlotState): Gather {
  assert(slot.inFlight !== null, 'an outcome without a batch');
  return slot.inFlight;
}
