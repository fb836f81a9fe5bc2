/** How many connections this process may hold: its open-file limit, less what the store, plain HTTP and files need. */
import { readFileSync } from 'node:fs';
import { gatewayLimits } from '../gateway/limits.ts';

/** Where the limit cannot be read. */
const openFilesAssumed = 1024;

export function connectionsAllowed(configured: number): number {
  const files = openFilesMax();
  const reserved = Math.min(gatewayLimits.openFilesReserved, Math.floor(files * gatewayLimits.openFilesReservedShareMax));
  const derived = files - reserved;
  return configured === 0 ? derived : Math.min(configured, derived);
}

/** The soft limit; Node has raised it to the hard one at its start. */
export function openFilesMax(): number {
  try {
    const line = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    const limit = line?.[1] === 'unlimited' ? 1_000_000 : Number(line?.[1]);
    return Number.isInteger(limit) && limit > 0 ? limit : openFilesAssumed;
  } catch {
    return openFilesAssumed;
  }
}
