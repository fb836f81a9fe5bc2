/** Callers that each begin the next call when the last is answered, for a while. */
export interface RoundFigures {
  /** Calls that were answered well. */
  readonly operations: number;
  /** From the first call to the last answer. */
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
  readonly firstError: string;
}

export type Operation = (caller: number) => Promise<void>;

export async function closedLoop(operation: Operation, callers: number, milliseconds: number): Promise<RoundFigures> {
  const latenciesMs: number[] = [];
  const begunMs = performance.now();
  const endMs = begunMs + milliseconds;
  let errors = 0;
  let firstError = '';
  const callAgain = async (caller: number): Promise<void> => {
    for (let callMs = begunMs; callMs < endMs; ) {
      try {
        await operation(caller);
        const nowMs = performance.now();
        latenciesMs.push(nowMs - callMs);
        callMs = nowMs;
      } catch (error) {
        errors += 1;
        if (firstError === '') firstError = error instanceof Error ? error.message : String(error);
        callMs = performance.now();
      }
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => callAgain(caller)));
  const seconds = (performance.now() - begunMs) / 1_000;
  const sorted = Float64Array.from(latenciesMs).sort();
  return { operations: sorted.length, seconds, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99), errors, firstError };
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted.length === 0 ? 0 : sorted[Math.floor(sorted.length * share)];
}
