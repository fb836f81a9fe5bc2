/** What the slots ask of the owner around them. */
import type { Row } from '../../store/port.ts';
import type { Node } from '../machine.ts';
import type { Gather } from './gather.ts';
import type { SlotState } from './slot-state.ts';

export interface SlotHooks {
  /** A slot is ready after a claim; `obligations`: rows of tag 01; `own`: it was ours before (memory was forgotten, sessions are not). */
  claimed(slot: SlotState, obligations: readonly Row[], own: boolean): void;
  /** Forget every conversation and inbox of the slot; frames that waited for them go to `slot.park()`. */
  forget(slot: SlotState): void;
  /** Another node has the slot: forget the sessions of its users too. */
  fenced(slot: SlotState): void;
  /** The batch is durable: answer and deliver its events. */
  committed(slot: SlotState, batch: Gather): void;
  /** The batch will never be: tell its senders to try again. */
  rolledBack(slot: SlotState, batch: Gather, code: number): void;
  /** Handle a parked frame again. */
  replay(from: Node, frame: Uint8Array): void;
  /** The slot cannot be claimed now: answer what can be answered with `code`, park the rest again. */
  refuse(slot: SlotState, from: Node, frame: Uint8Array, code: number): void;
}
