/**
 * What a checker is: it guards one promise, takes the entries of a history one by one, and says in words what was broken.
 *
 * Method: a checker names the operations it wants, does a bounded amount of work an entry, and finishes in `atEnd`. It reads
 * nothing but the history, so the same code judges simulator runs and recorded files.
 */
import type { HistoryEntry, HistoryOp } from '../history/entry.ts';

export interface Violation {
  /** Name of the checker, as in the table of mutants. */
  readonly checker: string;
  /** What is wrong, in words, with the names and numbers that show it. */
  readonly message: string;
  /** The few entries that contradict each other, oldest first. */
  readonly witness: readonly HistoryEntry[];
}

export type Report = (message: string, ...witness: (HistoryEntry | undefined)[]) => void;

export interface Checker {
  readonly name: string;
  /** The operations it looks at; `observe` gets no other. */
  readonly ops: readonly HistoryOp[];
  observe(entry: HistoryEntry): void;
  /** The history is complete. */
  atEnd(): void;
}

/** The value of a map, made on first use. */
export function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

/** A violation and its witness as people read it. */
export function violationText(violation: Violation): string {
  const lines = violation.witness.map((entry) => `    ${entryText(entry)}`);
  return [`${violation.checker}: ${violation.message}`, ...lines].join('\n');
}

/** One entry on one line: time, process, what. */
export function entryText(entry: HistoryEntry): string {
  const { us, clock: _clock, process, type, op, ...rest } = entry;
  const fields = Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`);
  return `${(us / 1000).toFixed(3)} ms  ${process}  ${op} ${type}  ${fields.join(', ')}`;
}
