/**
 * The generator's process: logs all users in, sends by the timetable, waits for the rest, and tells its parent what it found.
 *
 * Started by run.ts with a GeneratorTask as its one argument and an IPC channel.
 */
import { partitionOf, slotOf } from '../../core/model/partition.ts';
import { defaultLimits } from '../../core/protocol/limits.ts';
import { random32 } from '../fleet/random-pool.ts';
import { BenchSession } from './bench-session.ts';
import { generatorCore, serverCore } from './measured-child.ts';
import { coreBusyUs, cpuTimes, rssBytes } from './process-figures.ts';
import type { GeneratorMessage, GeneratorTask, RunFigures, RunPlan } from './run-plan.ts';
import { slopePerStep } from './slope.ts';
import { Timetable } from './timetable.ts';
import { signToken } from './tokens.ts';
import { Topology } from './topology.ts';
import { Traffic } from './traffic.ts';

const connectingMax = 200;
const loginMsMax = 60_000;
const drainMsMax = 20_000;
const progressEverySeconds = 5;
/** One source address has some 28,000 ports. */
const connectionsPerAddress = 20_000;

async function main(): Promise<void> {
  const task = JSON.parse(process.argv[2] ?? '') as GeneratorTask;
  const { plan } = task;
  const traffic = new Traffic(new Topology(plan.connections, plan.conversations), { bodyBytes: plan.bodyBytes, runWord: random32() });
  const loginStart = performance.now();
  await login(traffic, task);
  const loginSeconds = secondsSince(loginStart);
  const rssIdleBytes = rssBytes(task.serverPid);
  say(`${plan.connections} users logged in after ${loginSeconds} s; ${plan.ratePerSecond} messages a second from now`);
  const measured = await measure(traffic, task);
  const drainStart = performance.now();
  while (!traffic.isSettled && performance.now() - drainStart < drainMsMax) await pause(50);
  const drainSeconds = secondsSince(drainStart);
  tell({ kind: 'figures', figures: figuresOf(traffic, plan, { ...measured, rssIdleBytes, loginSeconds, drainSeconds }) });
  for (const session of traffic.sessions) session.close();
  traffic.close();
  process.disconnect();
}

async function login(traffic: Traffic, { plan, port, secret }: GeneratorTask): Promise<void> {
  const deadline = performance.now() + loginMsMax;
  for (let first = 0; first < plan.connections; first += connectingMax) {
    const end = Math.min(plan.connections, first + connectingMax);
    for (let user = first; user < end; user++) {
      const localAddress = `127.0.0.${1 + Math.floor(user / connectionsPerAddress)}`;
      const target = { transport: plan.transport, port, localAddress };
      traffic.sessions.push(new BenchSession(traffic, user, target, signToken(secret, `bench-${user}`)));
    }
    for (let user = first; user < end; user++) {
      const session = traffic.sessions[user];
      while (session.state === 'connecting' && performance.now() < deadline) await pause(2);
      if (session.state !== 'live') throw new Error(`user ${user} cannot log in: ${session.farewell || 'no answer'}`);
    }
  }
}

interface Measured {
  readonly windowSeconds: number;
  readonly serverUs: number;
  readonly serverMainUs: number;
  readonly generatorUs: number;
  /** What others used of the two cores. */
  readonly serverCoreOthersUs: number;
  readonly generatorCoreOthersUs: number;
  readonly messagesForCpu: number;
  readonly rssStartBytes: number;
  readonly rssEndBytes: number;
  readonly rssBytesPerSecond: number;
  readonly worstSecondP99Us: number;
  readonly worstSecondAt: number;
}

/** Warm-up, then the window. */
async function measure(traffic: Traffic, { plan, serverPid }: GeneratorTask): Promise<Measured> {
  const { measures } = traffic;
  const timetable = new Timetable(plan.seed, plan.ratePerSecond, traffic.topology.lanes);
  traffic.start(timetable, plan.warmUpSeconds + plan.seconds);
  const windowStartUs = measures.startedUs + plan.warmUpSeconds * 1_000_000;
  measures.openWindow(windowStartUs, windowStartUs + plan.seconds * 1_000_000);
  await eachSecond(traffic, plan.warmUpSeconds, plan.ratePerSecond, 'warm-up', () => {});
  const cores = (): number[] => [coreBusyUs(serverCore), coreBusyUs(generatorCore)];
  const before = {
    server: cpuTimes(serverPid),
    own: process.cpuUsage(),
    cores: cores(),
    shown: measures.shownTotal,
    at: performance.now(),
  };
  const rss: number[] = [rssBytes(serverPid)];
  let worst = { p99Us: 0, at: 0 };
  await eachSecond(traffic, plan.seconds, plan.ratePerSecond, 'measured', (second, p99Us) => {
    rss.push(rssBytes(serverPid));
    if (p99Us > worst.p99Us) worst = { p99Us, at: second };
  });
  const server = cpuTimes(serverPid);
  const own = process.cpuUsage(before.own);
  const [serverCoreUs, generatorCoreUs] = cores().map((us, index) => us - before.cores[index]);
  const serverUs = server.totalUs - before.server.totalUs;
  const generatorUs = own.user + own.system;
  return {
    windowSeconds: (performance.now() - before.at) / 1000,
    serverUs,
    serverMainUs: server.mainUs - before.server.mainUs,
    generatorUs,
    serverCoreOthersUs: Math.max(0, serverCoreUs - serverUs),
    generatorCoreOthersUs: Math.max(0, generatorCoreUs - generatorUs),
    messagesForCpu: measures.shownTotal - before.shown,
    rssStartBytes: rss[0],
    rssEndBytes: rss[rss.length - 1],
    rssBytesPerSecond: slopePerStep(rss.slice(Math.floor(rss.length / 2))),
    worstSecondP99Us: worst.p99Us,
    worstSecondAt: worst.at,
  };
}

async function eachSecond(
  traffic: Traffic,
  seconds: number,
  rate: number,
  phase: string,
  visit: (second: number, p99Us: number) => void,
): Promise<void> {
  const start = performance.now();
  traffic.measures.takeSecond();
  for (let second = 1; second <= seconds; second++) {
    await pause(Math.max(0, start + second * 1000 - performance.now()));
    traffic.tick(defaultLimits.pingMs);
    const { count, p99Us, maxUs } = traffic.measures.takeSecond();
    visit(second, p99Us);
    if (second % progressEverySeconds !== 0 && second !== seconds) continue;
    const latency = `p99 ${inMs(p99Us)} ms, worst ${inMs(maxUs)} ms`;
    say(`${phase} ${second}/${seconds} s: ${count} of ${rate} messages shown in the last second, ${latency}; ${traffic.outbox.open} open`);
  }
}

function figuresOf(
  traffic: Traffic,
  plan: RunPlan,
  measured: Measured & { readonly rssIdleBytes: number; readonly loginSeconds: number; readonly drainSeconds: number },
): RunFigures {
  const { measures, outbox, check } = traffic;
  const perMessage = (us: number): number => round(us / Math.max(1, measured.messagesForCpu), 2);
  const ofCore = (us: number): number => round(us / 1_000_000 / measured.windowSeconds, 3);
  return {
    offeredPerSecond: round(measures.plannedCount / plan.seconds, 1),
    messagesPerSecond: round(measures.shownInWindow / plan.seconds, 1),
    acceptedP50Ms: inMs(measures.acceptedUs.quantile(0.5)),
    acceptedP99Ms: inMs(measures.acceptedUs.quantile(0.99)),
    shownP50Ms: inMs(measures.shownUs.quantile(0.5)),
    shownP99Ms: inMs(measures.shownUs.quantile(0.99)),
    shownMaxMs: inMs(measures.shownUs.max),
    worstStallMs: inMs(measures.pauseUsMax),
    worstSecondP99Ms: inMs(measured.worstSecondP99Us),
    worstSecondAt: measured.worstSecondAt,
    generatorLateP99Ms: inMs(measures.lateUs.quantile(0.99)),
    serverCpuUsPerMessage: perMessage(measured.serverUs),
    serverMainCpuUsPerMessage: perMessage(measured.serverMainUs),
    generatorCpuUsPerMessage: perMessage(measured.generatorUs),
    serverUtilization: ofCore(measured.serverUs),
    generatorUtilization: ofCore(measured.generatorUs),
    serverCoreOthers: ofCore(measured.serverCoreOthersUs),
    generatorCoreOthers: ofCore(measured.generatorCoreOthersUs),
    messages: measures.shownTotal,
    rssIdleBytes: measured.rssIdleBytes,
    rssStartBytes: measured.rssStartBytes,
    rssBytes: measured.rssEndBytes,
    rssBytesPerSecond: Math.round(measured.rssBytesPerSecond),
    homeSlots: homeSlots(traffic.topology),
    ...check.faults(),
    lostConnections: traffic.lostConnections,
    retries: Object.fromEntries(measures.retryCodes),
    sendRepeats: outbox.repeats,
    ackRepeats: traffic.acks.repeats,
    acksUnconfirmed: traffic.acks.openCount(),
    held: outbox.held,
    repeatedEvents: measures.repeatedEvents,
    fetches: traffic.fetches,
    lagging: traffic.lagging,
    oddities: Object.fromEntries(traffic.oddities),
    loginSeconds: measured.loginSeconds,
    drainSeconds: measured.drainSeconds,
  };
}

function homeSlots(topology: Topology): number {
  const slots = new Set<number>();
  for (let conversation = 0; conversation < topology.conversations; conversation++) {
    const first = topology.ids[topology.authorOf(conversation * 2)];
    const second = topology.ids[topology.authorOf(conversation * 2 + 1)];
    const home = first < second ? first : second;
    slots.add(partitionOf(home) * 256 + slotOf(home));
  }
  return slots.size;
}

function say(text: string): void {
  tell({ kind: 'progress', text });
}

function tell(message: GeneratorMessage): void {
  process.send?.(message);
}

function inMs(us: number): number {
  return round(us / 1000, 2);
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

function secondsSince(start: number): number {
  return round((performance.now() - start) / 1000, 1);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

await main();
