/**
 * Mutants of the way of a message: edge, owner, client. From reference pages of the design and from the small-world models, which name the
 * shortest trace of each.
 */
import type { Mutant } from './mutant.ts';

export const deliveryMutants: readonly Mutant[] = [];
