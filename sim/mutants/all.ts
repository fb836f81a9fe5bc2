/** Every mutant that the simulator of the engine must kill. */
import { cacheMutants } from './cache.ts';
import { clusterMutants } from './cluster.ts';
import { deliveryMutants } from './delivery.ts';
import { deviceMutants } from './devices.ts';
import { joinMutants } from './joins.ts';
import { leakMutants } from './leaks.ts';
import type { Mutant } from './mutant.ts';
import { ownerMutants } from './owners.ts';

export const engineMutants: readonly Mutant[] = [
  ...deliveryMutants,
  ...deviceMutants,
  ...ownerMutants,
  ...clusterMutants,
  ...cacheMutants,
  ...leakMutants,
  ...joinMutants,
];
