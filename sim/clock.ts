/** Wall-clock time of a run: virtual microseconds since an arbitrary, fixed instant. */

/** Some day in 2026; every run begins then. */
export const startMs = 1_790_000_000_000;

export function wallMs(us: number): number {
  return startMs + Math.floor(us / 1000);
}

/** The same with the part of a millisecond. */
export function systemMs(us: number): number {
  return startMs + us / 1000;
}

/** The first microsecond at which `wallMs` says `ms`. */
export function usOfWallMs(ms: number): number {
  return (ms - startMs) * 1000;
}
