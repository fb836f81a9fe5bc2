/** The machines' clock: ms since 1970 that never go back, whatever is done to the system's clock. */

let lastMs = 0;

export function nowMs(): number {
  const now = Date.now();
  if (now > lastMs) lastMs = now;
  return lastMs;
}
