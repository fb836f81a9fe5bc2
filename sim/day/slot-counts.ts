/** Work by slot: messages that touch it (half a message for each of the two members), and the frames and bytes of its users' devices. */
import type { Population } from './population.ts';

export class SlotCounts {
  readonly messages: Float64Array;
  readonly frames: Float64Array;
  readonly bytes: Float64Array;
  readonly #population: Population;

  constructor(population: Population) {
    this.#population = population;
    this.messages = new Float64Array(population.slots);
    this.frames = new Float64Array(population.slots);
    this.bytes = new Float64Array(population.slots);
  }

  message(user: number): void {
    this.messages[this.#at(user)] += 0.5;
  }

  /** A message between a device and its node. */
  wire(device: number, frames: number, bytes: number): void {
    const at = this.#at(this.#population.userOfDevice[device]);
    this.frames[at] += frames;
    this.bytes[at] += bytes;
  }

  #at(user: number): number {
    return this.#population.nodeOf(user) * this.#population.slotsPerSide + this.#population.slotOf(user);
  }
}
