/** A node that is stopped in good order, as the production host stops one: others take its partitions, it releases, says so, ends. */
import type { ClusterHost } from './cluster-host.ts';
import type { OwnerHost } from './owner-host.ts';
import type { Scheduler } from './scheduler.ts';

/** How long it waits for others to take the partitions, and then for its own releases. */
const waitUsMax = 6_000_000;

export class NodeDrain {
  readonly #scheduler: Scheduler;
  readonly #owner: OwnerHost;
  readonly #cluster: ClusterHost;
  #beganUs = -1;

  constructor(scheduler: Scheduler, owner: OwnerHost, cluster: ClusterHost) {
    this.#scheduler = scheduler;
    this.#owner = owner;
    this.#cluster = cluster;
  }

  get under(): boolean {
    return this.#beganUs >= 0;
  }

  begin(): void {
    this.#beganUs = this.#scheduler.nowUs;
    this.#cluster.step({ kind: 'drain' });
  }

  reset(): void {
    this.#beganUs = -1;
  }

  /** The next look; true: it is over. */
  goOn(): boolean {
    const owner = this.#owner.machine;
    const cluster = this.#cluster.machine;
    const waitedUs = this.#scheduler.nowUs - this.#beganUs;
    if (owner === undefined || cluster === undefined || cluster.ended || waitedUs > 2 * waitUsMax) return true;
    if (!cluster.relieved && waitedUs <= waitUsMax) return false;
    if (owner.drained()) this.#cluster.step({ kind: 'leave' });
    else this.#owner.step({ kind: 'drain' });
    return false;
  }
}
