/**
 * What a checker is: it guards one promise, takes the entries of a history one by one, and says in words what was broken.
 *
 * Method: a checker names the operations it wants, does a bounded amount of work an entry, and finishes in `atEnd`. It reads
 * nothing but the history, so the same code judges simulator runs and recorded files.
 */
import type { HistoryEntry, HistoryOp } from '../history/entry.ts';
import { entryText, type Names, withNames } from '../history/words.ts';

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
export function violationText(violation: Violation, names?: Names): string {
  const lines = violation.witness.map((entry) => `    ${entryText(entry, names)}`);
  return [`${violation.checker}: ${names === undefined ? violation.message : withNames(violation.message, names)}`, ...lines].join('\n');
}
