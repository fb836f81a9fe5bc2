/**
 * All checkers over one history.
 *
 * Method: a table from operation to the checkers that want it; each keeps at most a few violations, because the first ones explain the rest.
 */
import type { HistoryEntry, HistoryOp } from '../history/entry.ts';
import { acceptedDurable } from './accepted-durable.ts';
import { bookmark } from './bookmark.ts';
import type { Checker, Report, Violation } from './checker.ts';
import { deletedGone } from './deleted-gone.ts';
import { exactlyOnce } from './exactly-once.ts';
import { newestSession } from './newest-session.ts';
import { noHole } from './no-hole.ts';
import { noNeedlessConflict } from './no-needless-conflict.ts';
import { noPhantom } from './no-phantom.ts';
import { nobodyMissed } from './nobody-missed.ts';
import { oneOrder } from './one-order.ts';
import { oneOutcome } from './one-outcome.ts';
import { oneOwner } from './one-owner.ts';
import { receiptsTrue } from './receipts-true.ts';
import { saidAfterStored } from './said-after-stored.ts';
import { senderOrder } from './sender-order.ts';
import { timeAndNumbers } from './time-and-numbers.ts';
import { undeliveredTrue } from './undelivered-true.ts';
import { unreadTrue } from './unread-true.ts';

export type MakeChecker = (report: Report) => Checker;

export const allCheckers: readonly MakeChecker[] = [
  acceptedDurable,
  oneOrder,
  noHole,
  exactlyOnce,
  senderOrder,
  nobodyMissed,
  receiptsTrue,
  oneOutcome,
  noPhantom,
  noNeedlessConflict,
  bookmark,
  undeliveredTrue,
  timeAndNumbers,
  unreadTrue,
  oneOwner,
  newestSession,
  deletedGone,
  saidAfterStored,
];

const violationsKeptMax = 5;

/** Feeds entries to the checkers; `finish` gives what they found. */
export class CheckerSet {
  readonly violations: Violation[] = [];
  /** All that a checker found, kept or not. */
  readonly counts = new Map<string, number>();
  readonly #byOp = new Map<HistoryOp, Checker[]>();
  readonly #checkers: Checker[] = [];

  constructor(makers: readonly MakeChecker[] = allCheckers) {
    for (const make of makers) this.#add(make);
  }

  observe(entry: HistoryEntry): void {
    const checkers = this.#byOp.get(entry.op);
    if (checkers === undefined) return;
    for (const checker of checkers) checker.observe(entry);
  }

  finish(): readonly Violation[] {
    for (const checker of this.#checkers) checker.atEnd();
    return this.violations;
  }

  #add(make: MakeChecker): void {
    let found = 0;
    const checker = make((message, ...witness) => {
      found += 1;
      this.counts.set(checker.name, found);
      if (found > violationsKeptMax) return;
      this.violations.push({ checker: checker.name, message, witness: witness.filter((entry) => entry !== undefined) });
    });
    this.#checkers.push(checker);
    for (const op of checker.ops) {
      const ofOp = this.#byOp.get(op);
      if (ofOp === undefined) this.#byOp.set(op, [checker]);
      else ofOp.push(checker);
    }
  }
}

/** Checks a whole history that is at hand. */
export function checkHistory(entries: Iterable<HistoryEntry>, makers: readonly MakeChecker[] = allCheckers): readonly Violation[] {
  const set = new CheckerSet(makers);
  for (const entry of entries) set.observe(entry);
  return set.finish();
}
