/**
 * One run: `runSeed(seed)` draws a scenario and runs it in two phases, faults first, then repaired until everything is at rest or a
 * bound of virtual time is over; then the store is read back and the checkers speak.
 */
import type { Violation } from './checkers/checker.ts';
import { addCounters } from './counters.ts';
import type { HistoryEntry } from './history/entry.ts';
import { membersOf } from './history/entry.ts';
import type { Names } from './history/words.ts';
import { withoutEntropy } from './host/entropy-guard.ts';
import { type ReadConversation, readBack } from './readback.ts';
import { drawScenario, messagesDefault, type Scenario } from './scenario.ts';
import type { Target } from './scheduler.ts';
import type { UserHost } from './user-host.ts';
import { World } from './world.ts';

export interface RunOptions {
  readonly messages?: number;
  /** Sees every entry of the history. */
  readonly onEntry?: (entry: HistoryEntry) => void;
  /** Sees every event before it fires. */
  readonly onFire?: (us: number, target: Target, code: number, number: number, payload: unknown) => void;
}

export interface RunResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** Errors thrown by a machine. */
  readonly crashes: readonly string[];
  readonly traceHash: string;
  /** Written by the users. */
  readonly messages: number;
  /** Fired by the queue. */
  readonly events: number;
  readonly virtualUs: number;
  /** What did not come to rest in time; '': everything did. */
  readonly unsettled: string;
  readonly sometimes: Readonly<Record<string, number>>;
  /** Names of users and sends, for the words of a violation. */
  readonly names: Names;
}

/** Everything must be at rest within so much virtual time after the last fault. */
const restUsMax = 240_000_000;
const restCheckUs = 500_000;
/** At rest nothing may change for so long: late lies would still come. */
const restQuietUs = 6_000_000;

export function runSeed(seed: number, options: RunOptions = {}): RunResult {
  return runScenario(drawScenario(seed, options.messages ?? messagesDefault), options);
}

export function runScenario(scenario: Scenario, options: RunOptions = {}): RunResult {
  return withoutEntropy(() => run(scenario, options));
}

function run(scenario: Scenario, options: RunOptions): RunResult {
  const world = new World(scenario);
  const { scheduler, recorder } = world;
  recorder.onEntry = options.onEntry;
  scheduler.onFire = options.onFire;
  world.start();
  const dead = (): boolean => world.crashes.length > 0;
  scheduler.run(scenario.faultsUs, dead);
  let unsettled = '';
  if (!dead()) {
    world.heal();
    unsettled = settle(world, dead);
  }
  const conversations = readBack(world.store.memory);
  record(world, conversations, !dead());
  const violations = dead() ? [] : world.checkers.finish();
  for (const conversation of conversations) scheduler.note(conversation.events.length);
  return {
    seed: scenario.seed,
    violations,
    crashes: world.crashes,
    traceHash: scheduler.traceHash,
    messages: world.recorder.messages.size,
    events: scheduler.fired,
    virtualUs: scheduler.nowUs,
    unsettled,
    sometimes: { ...countersOf(world), ...world.store.counters, ...world.happened },
    names: recorder.names,
  };
}

/** Lets time go on until everything is at rest and stayed so for a while; returns what is not when the bound is over, '' if all is. */
function settle(world: World, dead: () => boolean): string {
  let why = '';
  const endUs = world.scheduler.nowUs + restUsMax;
  let quietSinceUs = -1;
  let inboxRows = 0;
  while (world.scheduler.nowUs < endUs && !dead()) {
    if (world.scenario.showsAll) for (const tab of world.allTabs) tab.application.showAll();
    world.scheduler.run(world.scheduler.nowUs + restCheckUs, dead);
    why = unrest(world);
    // Members who left for good see nothing; their inboxes are still to be raised, a piece a round (seed 7159).
    const raised = world.recorder.inboxRows !== inboxRows;
    inboxRows = world.recorder.inboxRows;
    if (why !== '' || raised) quietSinceUs = -1;
    else if (quietSinceUs < 0) quietSinceUs = world.scheduler.nowUs;
    else if (world.scheduler.nowUs - quietSinceUs >= restQuietUs) return '';
  }
  return why === '' ? 'nothing is missing, but the quiet time is not over' : why;
}

function countersOf(world: World): Record<string, number> {
  const total: Record<string, number> = {};
  for (const node of world.nodes) addCounters(total, node.counters());
  return total;
}

/** What is not at rest yet; '': everything is. */
function unrest(world: World): string {
  for (const message of world.recorder.open.values()) return `message ${message.name} has no outcome`;
  for (const tab of world.allTabs) if (!tab.isLive && !tab.left) return `${tab.process} is not live (${tab.state})`;
  for (const conversation of readBack(world.store.memory)) {
    const head = conversation.events.length;
    const members = membersOf(conversation.key);
    for (const tab of world.allTabs) {
      if (!members.includes(tab.userId) || tab.left) continue;
      const shown = tab.shown.get(conversation.key) ?? 0;
      if (shown < head) return `${tab.process} has shown ${conversation.key} up to ${shown} of ${head}`;
      const unheard = unheardOf(tab, conversation);
      if (unheard !== '') return unheard;
      for (const { member, delivered, read } of conversation.watermarks) {
        if (!world.scenario.showsAll || member === tab.userId) continue;
        const seen = tab.watermarks.get(conversation.key);
        if ((seen?.delivered ?? 0) === delivered && (seen?.read ?? 0) === read) continue;
        // Told from memory, lost with the node, and the device that would say it again lost its store.
        if (world.faults.forgetful.has(member) && (seen?.delivered ?? 0) >= delivered && (seen?.read ?? 0) >= read) continue;
        return `${tab.process} sees user ${member} of ${conversation.key} at ${seen?.delivered ?? 0}/${seen?.read ?? 0}, the store has ${delivered}/${read}`;
      }
    }
  }
  return '';
}

/** What the tab said and the store does not hold, though it says it until it is confirmed; '': nothing. */
function unheardOf(tab: UserHost, { key, watermarks }: ReadConversation): string {
  const own = watermarks.find(({ member }) => member === tab.userId);
  const [acked, read] = [tab.said.acked.get(key) ?? 0, tab.said.read.get(key) ?? 0];
  if (acked <= (own?.delivered ?? 0) && read <= (own?.read ?? 0)) return '';
  return `${tab.process} said that it has ${key} up to ${acked}, read ${read}; the store has ${own?.delivered ?? 0}, ${own?.read ?? 0}`;
}

function record(world: World, conversations: readonly ReadConversation[], atRest: boolean): void {
  const { recorder } = world;
  for (const { key, events, watermarks } of conversations) {
    for (const event of events) recorder.add({ process: 'reader', type: 'ok', op: 'log', ...event });
    for (const watermark of watermarks) recorder.add({ process: 'reader', type: 'ok', op: 'watermark', conversation: key, ...watermark });
  }
  recorder.add({ process: 'reader', type: 'info', op: 'readback' });
  if (atRest) recorder.add({ process: 'reader', type: 'info', op: 'rest' });
}
