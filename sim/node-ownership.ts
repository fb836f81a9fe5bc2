/**
 * When, by partition, a node last began or ceased to hold it, and last learned that it has another owner: who registered with an owner long
 * before something happened was registered when it happened.
 */
import { Holding } from '../core/engine/holding.ts';
import { partitionCount } from '../core/model/partition.ts';

export class NodeOwnership {
  readonly #held = new Uint8Array(partitionCount);
  readonly #heldUs = new Float64Array(partitionCount);
  readonly #owners = new Int32Array(partitionCount);
  readonly #ownersUs = new Float64Array(partitionCount);

  /** The process begins and knows nobody. */
  start(nowUs: number): void {
    this.#owners.fill(-1);
    this.#ownersUs.fill(nowUs);
  }

  /** What it may hold; nothing when it died. */
  holds(holdings: Uint8Array, nowUs: number): void {
    for (let partition = 0; partition < partitionCount; partition += 1) {
      if (holdings[partition] === this.#held[partition]) continue;
      this.#held[partition] = holdings[partition];
      this.#heldUs[partition] = nowUs;
    }
  }

  died(nowUs: number): void {
    this.holds(nothing, nowUs);
  }

  sees(ownerOf: (partition: number) => number, nowUs: number): void {
    for (let partition = 0; partition < partitionCount; partition += 1) {
      const owner = ownerOf(partition);
      if (owner === this.#owners[partition]) continue;
      this.#owners[partition] = owner;
      this.#ownersUs[partition] = nowUs;
    }
  }

  /** It has neither got nor lost the partition since. */
  holdsAsBefore(partition: number, sinceUs: number): boolean {
    return this.#heldUs[partition] < sinceUs;
  }

  /** The partition's owner is for it the same since. */
  seesAsBefore(partition: number, sinceUs: number): boolean {
    return this.#ownersUs[partition] < sinceUs;
  }
}

const nothing = new Uint8Array(partitionCount).fill(Holding.none);
