/** What one run does, and what it found: what the command tells its generator process, and what comes back. */
import type { Transport } from './bench-socket.ts';
import type { DeliveryFaults } from './delivery-check.ts';

export interface RunPlan {
  readonly transport: Transport;
  readonly connections: number;
  readonly conversations: number;
  readonly ratePerSecond: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly bodyBytes: number;
  readonly seed: number;
}

/** Where the generator finds the server. */
export interface GeneratorTask {
  readonly plan: RunPlan;
  readonly port: number;
  readonly secret: string;
  readonly serverPid: number;
}

export interface RunFigures extends DeliveryFaults {
  readonly offeredPerSecond: number;
  readonly messagesPerSecond: number;
  readonly acceptedP50Ms: number;
  readonly acceptedP99Ms: number;
  readonly shownP50Ms: number;
  readonly shownP99Ms: number;
  readonly shownMaxMs: number;
  /** Longest time without any message shown. */
  readonly worstStallMs: number;
  /** Worst p99 send→shown of a second of the window, and when. */
  readonly worstSecondP99Ms: number;
  readonly worstSecondAt: number;
  /** How late the generator itself was, of all messages. */
  readonly generatorLateP99Ms: number;
  readonly serverCpuUsPerMessage: number;
  /** Of it, the server's main thread. */
  readonly serverMainCpuUsPerMessage: number;
  readonly generatorCpuUsPerMessage: number;
  /** 0 … 1 of a core. */
  readonly serverUtilization: number;
  readonly generatorUtilization: number;
  /** What everybody else (and the kernel for them) used of the two cores, where they were chosen: a disturbed run shows it. */
  readonly serverCoreOthers: number;
  readonly generatorCoreOthers: number;
  readonly messages: number;
  /** Server's resident memory: before the first message, at the window's start and end. */
  readonly rssIdleBytes: number;
  readonly rssStartBytes: number;
  readonly rssBytes: number;
  /** Trend over the second half of the window. */
  readonly rssBytesPerSecond: number;
  /** Slots the conversations' homes lie in. */
  readonly homeSlots: number;
  readonly lostConnections: number;
  /** Sends told `retry`, by code. */
  readonly retries: Readonly<Record<string, number>>;
  readonly sendRepeats: number;
  readonly ackRepeats: number;
  readonly acksUnconfirmed: number;
  /** Sends that waited for their window. */
  readonly held: number;
  readonly repeatedEvents: number;
  readonly fetches: number;
  readonly lagging: number;
  /** What should not have come. */
  readonly oddities: Readonly<Record<string, number>>;
  readonly loginSeconds: number;
  readonly drainSeconds: number;
}

export type GeneratorMessage =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'figures'; readonly figures: RunFigures };
