// A scenario written by hand: a quiet world (one node, quick links, a good store) in which only what the story tells happens.
import { explain } from '../../../sim/cli/seed-report.ts';
import type { Fault } from '../../../sim/faults/fault.ts';
import type { HistoryEntry } from '../../../sim/history/entry.ts';
import { runScenario } from '../../../sim/run.ts';
import { calm, calmPeers, calmStore, drawScenario, type Scenario } from '../../../sim/scenario.ts';
import type { Command } from '../../../sim/workload.ts';

/** Distributive, so that each kind keeps its own fields. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export class Story {
  readonly #users: readonly (readonly number[])[];
  readonly #commands: Command[] = [];
  readonly #faults: Fault[] = [];
  #us = 500_000;

  /** Tabs of each device of each user. */
  constructor(users: readonly (readonly number[])[]) {
    this.#users = users;
  }

  /** What is told next happens so many seconds after the begin. */
  at(seconds: number): this {
    this.#us = seconds * 1_000_000;
    return this;
  }

  /** User 0's first device, unless told otherwise. */
  writes(text: string, peer = 1, user = 0): this {
    this.#commands.push({ atUs: this.#us, user, device: 0, tab: 0, peer, kind: 'send', pick: 0, text });
    return this;
  }

  happens(fault: Without<Fault, 'atUs'>): this {
    this.#faults.push({ ...fault, atUs: this.#us } as Fault);
    return this;
  }

  scenario(): Scenario {
    const drawn = drawScenario(1);
    return {
      ...drawn,
      limits: { sendRepeatMs: 500, ackRepeatMs: 500, lazyWriteMs: 20, reconnectMaxMs: 500 },
      network: { ...calm(drawn.network), latencyUsMax: 1_000, noticeUsMax: 10_000 },
      store: calmStore(drawn.store),
      peers: calmPeers(drawn.peers),
      turnUsMax: 0,
      clientStoreUsMax: 1,
      tokenMs: 3_600_000,
      tailEventsMax: 1_000_000,
      showsAll: true,
      nodes: 1,
      clientWindowSends: 0,
      users: this.#users,
      faultsUs: this.#us + 1_000_000,
      commands: this.#commands,
      faults: this.#faults,
    };
  }

  /** Runs it: what happened, and which promise was broken ('': none). */
  tell(): { readonly entries: readonly HistoryEntry[]; readonly trouble: string } {
    const entries: HistoryEntry[] = [];
    const result = runScenario(this.scenario(), { onEntry: (entry) => entries.push(entry) });
    return { entries, trouble: explain(result, result.traceHash) };
  }
}

/** Texts of the messages in the log at the end, by seq. */
export function textsOf(entries: readonly HistoryEntry[]): string[] {
  return entries.flatMap((entry) => (entry.op === 'log' ? [entry.text] : []));
}
