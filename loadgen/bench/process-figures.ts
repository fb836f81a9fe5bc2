/** CPU time and memory of a process, as Linux tells them. */
import { readFileSync } from 'node:fs';

/** Ticks of /proc are hundredths of a second on every Linux that Node runs on. */
const usPerTick = 10_000;

export interface CpuTimes {
  /** Of all threads, in µs. */
  readonly totalUs: number;
  /** Of the main thread. */
  readonly mainUs: number;
}

/** What a process has used so far. @throws when it is gone. */
export function cpuTimes(pid: number): CpuTimes {
  return { totalUs: ticksOf(`/proc/${pid}/stat`) * usPerTick, mainUs: ticksOf(`/proc/${pid}/task/${pid}/stat`) * usPerTick };
}

/** Resident memory in bytes; 0: the process is gone. */
export function rssBytes(pid: number): number {
  try {
    const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(line?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** How long a core has worked so far, for whomever, in µs. */
export function coreBusyUs(core: number): number {
  const line = readFileSync('/proc/stat', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`cpu${core} `));
  // user nice system idle iowait irq softirq steal
  const [user, nice, system, , , irq, softirq, steal] = (line ?? '').split(' ').slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) * usPerTick;
}

function ticksOf(path: string): number {
  const text = readFileSync(path, 'utf8');
  // The name in brackets may hold anything; user and system time are the 12th and 13th field behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
