/** What the exit code of `parley sim …` says; cli.ts prints the same list. */
export const ExitCode = { ok: 0, usage: 2, safety: 3, liveness: 4, crash: 5, nondeterministic: 6, mutantLived: 7, unreached: 8 } as const;
