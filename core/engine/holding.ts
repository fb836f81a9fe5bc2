/** What an owner may hold of a partition: the cluster machine says it, the owner's claims obey it. */

export const Holding = {
  /** Another's, or nobody's. */
  none: 0,
  /** Ours, but a former owner may still hold slots of it: only what is released, or was never used, may be claimed. */
  released: 1,
  /** Ours: whoever held a slot of it before is silent. */
  all: 2,
} as const;
export type Holding = (typeof Holding)[keyof typeof Holding];
