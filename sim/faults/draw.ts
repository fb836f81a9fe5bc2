/**
 * Draws the faults of a seed: a seed has whole classes of them or not, each with its own rate and durations (swarm).
 */
import { Purpose, RandomStream } from '../random.ts';
import type { Aim, Fault, OfTab } from './fault.ts';

/** No fault before everybody had a chance to log in once; a backup of an empty store says nothing. */
const firstUs = 400_000;

export function drawFaults(seed: number, users: readonly (readonly number[])[], faultsUs: number): Fault[] {
  const draw = new Draw(seed, users, faultsUs);
  const { random } = draw;
  const { tab } = draw;
  draw.times(40, (atUs) => ({ atUs, ...tab(), kind: 'cut' }));
  draw.times(3, (atUs) => ({ atUs, kind: 'cutAll' }));
  draw.times(12, (atUs) => ({ atUs, ...tab(), kind: 'stall', forUs: random.pick([50_000, 1_000_000, 8_000_000]) }));
  draw.times(10, (atUs) => ({ atUs, ...tab(), kind: 'offline', forUs: random.pick([500_000, 5_000_000, 20_000_000]) }));
  draw.times(10, (atUs) => {
    const forUs = random.pick([100_000, 2_000_000, 15_000_000]);
    return { atUs, ...tab(), kind: 'clog', way: random.pick(['up', 'down', 'both']), forUs };
  });
  draw.swizzle();
  draw.times(6, (atUs) => ({ atUs, ...tab(), kind: 'freeze', forUs: random.pick([100_000, 3_000_000, 20_000_000]) }));
  draw.times(10, (atUs) => ({ atUs, ...tab(), kind: 'crashTab', kept: 'all', restartUs: random.pick([1_000, 500_000, 10_000_000]) }));
  draw.times(2, (atUs) => ({ atUs, ...tab(), kind: 'crashTab', kept: 'nothing', restartUs: random.pick([1_000, 2_000_000]) }));
  draw.clientBackup();
  draw.times(6, (atUs) => ({ atUs, ...draw.aim(), node: 0, kind: 'crashNode', restartUs: random.pick([1_000, 200_000, 3_000_000]) }));
  draw.times(4, (atUs) => ({ atUs, ...draw.aim(), node: 0, kind: 'pauseNode', forUs: random.pick([20_000, 500_000, 10_000_000]) }));
  draw.times(3, (atUs) => {
    const forUs = random.pick([200_000, 3_000_000]);
    return { atUs, node: 0, kind: 'slowNode', forUs, turnUs: random.pick([5_000, 100_000]) };
  });
  draw.times(4, (atUs) => ({ atUs, node: 0, kind: 'setClock', offMs: random.pick([-20_000, -700, 700, 20_000]) }));
  draw.times(5, (atUs) => ({ atUs, ...draw.aim(), node: 0, kind: 'breakLink', forUs: random.pick([0, 50_000, 1_000_000]) }));
  draw.times(3, (atUs) => ({ atUs, ...draw.aim(), kind: 'storeOutage', forUs: random.pick([50_000, 1_000_000, 5_000_000]) }));
  draw.times(2, (atUs) => ({ atUs, kind: 'diskFull', forUs: random.pick([50_000, 3_000_000]) }));
  draw.times(3, (atUs) => ({ atUs, kind: 'slotsOutage', part: random.below(4), forUs: random.pick([100_000, 1_000_000, 8_000_000]) }));
  draw.times(3, (atUs) => {
    const forUs = random.pick([300_000, 3_000_000]);
    return { atUs, kind: 'slowStore', forUs, latencyUs: random.pick([20_000, 500_000]) };
  });
  draw.leave();
  draw.restoredStore();
  draw.times(3, (atUs) => ({ atUs, ...draw.aim(), kind: 'muteStore', forUs: random.pick([200_000, 2_000_000, 8_000_000]) }));
  draw.lastTrouble();
  return draw.faults.sort((left, right) => left.atUs - right.atUs);
}

class Draw {
  readonly faults: Fault[] = [];
  readonly random: RandomStream;
  readonly #users: readonly (readonly number[])[];
  readonly #faultsUs: number;

  constructor(seed: number, users: readonly (readonly number[])[], faultsUs: number) {
    this.random = new RandomStream(seed, Purpose.faults, 0);
    this.#users = users;
    this.#faultsUs = faultsUs;
  }

  /** Half of the seeds have this class. */
  times(countMax: number, make: (atUs: number) => Fault): void {
    if (this.random.permille(500)) return;
    const count = this.random.between(1, countMax);
    for (let index = 0; index < count; index += 1) this.faults.push(make(this.#instant()));
  }

  readonly tab = (): OfTab => {
    const user = this.random.below(this.#users.length);
    const device = this.random.below(this.#users[user].length);
    return { user, device, tab: this.random.below(this.#users[user][device]) };
  };

  aim(): { readonly aim?: Aim } {
    return this.random.permille(600) ? { aim: 'write' } : {};
  }

  /** Each tab with one chance in two is clogged at an instant of the first half of a span, and freed at one of its second half. */
  swizzle(): void {
    const { random } = this;
    if (!random.permille(250)) return;
    const from = this.#instant();
    const halfUs = random.pick([200_000, 2_000_000, 8_000_000]);
    const way = random.pick(['up', 'down', 'both'] as const);
    for (const [user, devices] of this.#users.entries()) {
      for (const [device, tabs] of devices.entries()) {
        for (let tab = 0; tab < tabs; tab += 1) {
          const clogUs = random.below(halfUs);
          const freeUs = halfUs + random.below(halfUs);
          if (random.permille(500)) this.faults.push({ atUs: from + clogUs, user, device, tab, kind: 'clog', way, forUs: freeUs - clogUs });
        }
      }
    }
  }

  clientBackup(): void {
    const { random } = this;
    if (!random.permille(300)) return;
    this.faults.push({ atUs: this.#instant(), kind: 'backup' });
    this.times(2, (atUs) => ({ atUs, ...this.tab(), kind: 'crashTab', kept: 'backup', restartUs: random.pick([1_000, 2_000_000]) }));
  }

  /** Near the end, as the one who left is missing from then on. */
  leave(): void {
    const { random } = this;
    // A third user would soon say something that makes a node look at the slot of the one who left.
    if (this.#users.length > 2 || !random.permille(600)) return;
    const user = random.below(this.#users.length);
    const peer = (user + 1 + random.below(this.#users.length - 1)) % this.#users.length;
    const atUs = Math.max(firstUs, this.#faultsUs - 14_000_000);
    const [restartUs, outageUs] = [random.pick([1_000, 200_000]), random.pick([0, 300_000, 4_000_000])];
    this.faults.push({ atUs, kind: 'leave', user, peer, restartUs, outageUs });
  }

  restoredStore(): void {
    const { random } = this;
    if (!random.permille(100)) return;
    const [first, second] = [this.#instant(), this.#instant()].sort((left, right) => left - right);
    this.faults.push({ atUs: first, kind: 'backupStore' });
    this.faults.push({ atUs: second, kind: 'restoreStore', restartUs: random.pick([1_000, 1_000_000]) });
  }

  /** Lasts until the others stop: what it loses nobody comes back for by chance. */
  lastTrouble(): void {
    const { random } = this;
    if (!random.permille(300)) return;
    const atUs = this.#faultsUs - random.below(2_000_000);
    const forUs = 2_000_000;
    if (random.permille(500)) this.faults.push({ atUs, kind: 'muteStore', forUs });
    else this.faults.push({ atUs, node: 0, kind: 'breakLink', forUs });
  }

  #instant(): number {
    return firstUs + this.random.below(this.#faultsUs - firstUs);
  }
}
