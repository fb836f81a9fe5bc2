/** Whether a run holds, and what limited it. */
import type { RunFigures } from './run-plan.ts';

/** Of what was offered, so much is shown within the window: the rest is what was under way at its end. */
const shownShareMin = 0.98;

/** Others may use so much of a core that was meant for one of the two: kernel threads, what a system does anyway. */
const othersShareMax = 0.15;

/** What does not hold; empty: the run holds. */
export function complaints(figures: RunFigures, p99MsMax: number): string[] {
  const found = faultsOf(figures);
  if (figures.messagesPerSecond < figures.offeredPerSecond * shownShareMin) {
    found.push(`${figures.messagesPerSecond} of ${figures.offeredPerSecond} messages a second were shown in time`);
  }
  if (figures.shownP99Ms > p99MsMax) found.push(`p99 send→shown is ${figures.shownP99Ms} ms, above ${p99MsMax}`);
  return found;
}

/** What is wrong at any speed. */
export function faultsOf(figures: RunFigures): string[] {
  const counted: readonly (readonly [number, string])[] = [
    [figures.lost, 'messages lost'],
    [figures.doubled, 'messages doubled'],
    [figures.reordered, 'messages out of order'],
    [figures.contradicted, 'lanes shown at other places than accepted'],
    [figures.receiptsMissing, 'receipts missing'],
    [figures.lostConnections, 'connections lost'],
  ];
  const found = counted.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const oddities = Object.entries(figures.oddities);
  if (oddities.length > 0) found.push(`unexpected: ${oddities.map(([what, count]) => `${what} (${count})`).join(', ')}`);
  return found;
}

/** Which of the two has less room left on its core: at the highest rate it is the limit. */
export function limitOf(figures: RunFigures): 'server' | 'generator' {
  return figures.generatorUtilization > figures.serverUtilization ? 'generator' : 'server';
}

/** Somebody else worked on the two cores, so latency and the highest rate say little; CPU a message is nearly right all the same. */
export function isDisturbed(figures: RunFigures): boolean {
  return Math.max(figures.serverCoreOthers, figures.generatorCoreOthers) > othersShareMax;
}
