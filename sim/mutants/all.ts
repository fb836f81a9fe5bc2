/** Every mutant that the simulator of the engine must kill. */
import { deliveryMutants } from './delivery.ts';
import { leakMutants } from './leaks.ts';
import type { Mutant } from './mutant.ts';

export const engineMutants: readonly Mutant[] = [...deliveryMutants, ...leakMutants];
