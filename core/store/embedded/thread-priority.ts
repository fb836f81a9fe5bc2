/**
 * Lets the main thread go before the index's threads. On Linux priority belongs to a thread.
 *
 * Without it each record given to the worker woke it on the main thread's core in place of the main thread (96 microseconds a record within
 * `postMessage`, 6 % of the server's time), and a compaction took half of a shared core for as long as it had work.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** Added to the process's own: a third of the main thread's share when both want one core. */
const indexNice = 5;
const nicest = 19;
const isLinux = process.platform === 'linux';

/** The calling thread stands back. */
export function standBack(): void {
  if (!isLinux) return;
  try {
    lower(Number(readlinkSync('/proc/thread-self').split('/').at(-1)));
  } catch {
    // No /proc: as it was.
  }
}

/** Does `work`, which begins one thread of the process; that thread stands back. */
export async function beginInBackground(work: () => Promise<unknown>): Promise<void> {
  const before = threads();
  await work();
  const begun = threads().filter((thread) => !before.includes(thread));
  // Another began at the same time, or it was there already: nothing is lost but the order.
  if (begun.length !== 1) return;
  try {
    lower(begun[0]);
  } catch {
    // It ended meanwhile.
  }
}

function threads(): number[] {
  if (!isLinux) return [];
  try {
    return readdirSync('/proc/self/task').map(Number);
  } catch {
    return [];
  }
}

function lower(thread: number): void {
  setPriority(thread, Math.min(getPriority(thread) + indexNice, nicest));
}
