/**
 * What goes wrong in a run: a list of faults with their times, drawn from the seed. A seed has whole classes of them or not.
 */
import { Purpose, RandomStream } from './random.ts';

export type Fault =
  | { readonly atUs: number; readonly kind: 'cutAll' | 'backup' }
  | { readonly atUs: number; readonly kind: 'crashNode'; readonly restartUs: number }
  | { readonly atUs: number; readonly kind: 'storeOutage' | 'breakLink'; readonly forUs: number }
  | (OfTab & { readonly kind: 'cut' })
  | (OfTab & { readonly kind: 'stall' | 'offline'; readonly forUs: number })
  /** `kept` of the whole device; all its tabs die if it is not `all`. */
  | (OfTab & { readonly kind: 'crashTab'; readonly kept: 'all' | 'nothing' | 'backup'; readonly restartUs: number });

interface OfTab {
  readonly atUs: number;
  readonly user: number;
  readonly device: number;
  readonly tab: number;
}

/** No fault before everybody had a chance to log in once; a backup of an empty store says nothing. */
const firstUs = 400_000;

export function drawFaults(seed: number, users: readonly (readonly number[])[], faultsUs: number): Fault[] {
  const random = new RandomStream(seed, Purpose.faults, 0);
  const faults: Fault[] = [];
  const times = (countMax: number, add: (atUs: number) => void): void => {
    if (random.permille(500)) return;
    const count = random.between(1, countMax);
    for (let index = 0; index < count; index += 1) add(firstUs + random.below(faultsUs - firstUs));
  };
  const tab = (atUs: number): OfTab => {
    const user = random.below(users.length);
    const device = random.below(users[user].length);
    return { atUs, user, device, tab: random.below(users[user][device]) };
  };
  times(40, (atUs) => faults.push({ ...tab(atUs), kind: 'cut' }));
  times(3, (atUs) => faults.push({ atUs, kind: 'cutAll' }));
  times(5, (atUs) => faults.push({ atUs, kind: 'breakLink', forUs: random.pick([0, 50_000, 1_000_000]) }));
  times(6, (atUs) => faults.push({ atUs, kind: 'crashNode', restartUs: random.pick([1_000, 200_000, 3_000_000]) }));
  times(3, (atUs) => faults.push({ atUs, kind: 'storeOutage', forUs: random.pick([50_000, 1_000_000, 5_000_000]) }));
  times(12, (atUs) => faults.push({ ...tab(atUs), kind: 'stall', forUs: random.pick([50_000, 1_000_000, 8_000_000]) }));
  times(10, (atUs) => faults.push({ ...tab(atUs), kind: 'offline', forUs: random.pick([500_000, 5_000_000, 20_000_000]) }));
  times(10, (atUs) => faults.push({ ...tab(atUs), kind: 'crashTab', kept: 'all', restartUs: random.pick([1_000, 500_000, 10_000_000]) }));
  times(2, (atUs) => faults.push({ ...tab(atUs), kind: 'crashTab', kept: 'nothing', restartUs: random.pick([1_000, 2_000_000]) }));
  if (random.permille(300)) {
    faults.push({ atUs: firstUs + random.below(faultsUs - firstUs), kind: 'backup' });
    times(2, (atUs) => faults.push({ ...tab(atUs), kind: 'crashTab', kept: 'backup', restartUs: random.pick([1_000, 2_000_000]) }));
  }
  return faults.sort((left, right) => left.atUs - right.atUs);
}
