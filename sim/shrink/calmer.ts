/** Calmer worlds: settings that make trouble are put back to their ordinary value, one at a time. */
import { calmCache } from '../cache-model.ts';
import { calm, calmStore, type Scenario } from '../scenario.ts';

export function* calmer(scenario: Scenario): Iterable<Scenario> {
  for (const ordinary of [{ tokenMs: 3_600_000 }, { tailEventsMax: 1_000_000 }, { clientStoreUsMax: 1 }, { turnUsMax: 0 }]) {
    if (!isWithin(scenario, ordinary)) yield { ...scenario, ...ordinary };
  }
  const network = calm(scenario.network);
  if (!isWithin(scenario.network, network)) yield { ...scenario, network };
  for (const part of [{ spikePermille: 0 }, { refusePermille: 0 }]) {
    if (!isWithin(scenario.network, part)) yield { ...scenario, network: { ...scenario.network, ...part } };
  }
  const store = calmStore(scenario.store);
  if (!isWithin(scenario.store, store)) yield { ...scenario, store };
  for (const part of [
    { unknownPermille: 0 },
    { busyPermille: 0 },
    { unavailablePermille: 0 },
    { readFailedPermille: 0 },
    { joins: false },
  ]) {
    if (!isWithin(scenario.store, part)) yield { ...scenario, store: { ...scenario.store, ...part } };
  }
  const { cache, ...others } = scenario;
  if (cache !== undefined) {
    yield others;
    const calmed = calmCache(cache);
    if (!isWithin(cache, calmed)) yield { ...scenario, cache: calmed };
  }
  const { limits } = scenario;
  if (Object.keys(limits).length > 1) yield { ...scenario, limits: {} };
  // Some limits must fit each other (a lease and its heartbeat): one by one neither of them would go.
  if (Object.keys(limits).length > 2) for (const [name, value] of Object.entries(limits)) yield { ...scenario, limits: { [name]: value } };
  for (const name of Object.keys(limits)) {
    yield { ...scenario, limits: Object.fromEntries(Object.entries(limits).filter(([other]) => other !== name)) };
  }
}

function isWithin(whole: object, part: object): boolean {
  const fields = whole as Record<string, unknown>;
  return Object.entries(part).every(([name, value]) => fields[name] === value);
}
