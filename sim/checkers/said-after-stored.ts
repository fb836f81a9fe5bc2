/**
 * DESIGN 5 and models/delivery, said after stored: an acknowledgement leaves only after the cursor it speaks of is in the device's store. Else a
 * device that dies in between begins below what it said, and nobody repeats an acknowledgement that was lost.
 *
 * Method: the highest acknowledgement a client store, against the cursors with which a tab begins on that store again.
 *
 * Excused: an older state of the device that came back, and what was said of a store of the server that was put back.
 */
import type { AckEntry, HistoryEntry } from '../history/entry.ts';
import { type Checker, getOrMake, type Report } from './checker.ts';
import { Restores, restoreOps } from './restores.ts';

export function saidAfterStored(report: Report): Checker {
  const storeOfProcess = new Map<string, string>();
  /** By client store, then by conversation. */
  const said = new Map<string, Map<string, AckEntry>>();
  const restores = new Restores();

  const ofProcess = (process: string): Map<string, AckEntry> =>
    getOrMake(said, storeOfProcess.get(process) ?? process, () => new Map<string, AckEntry>());

  return {
    name: 'said after stored',
    ops: [...restoreOps, 'ack', 'cursor'],
    observe(entry: HistoryEntry): void {
      restores.observe(entry);
      switch (entry.op) {
        case 'device':
          storeOfProcess.set(entry.process, entry.store);
          if (entry.kept !== 'all') said.delete(entry.store);
          return;
        case 'ack': {
          if (entry.type !== 'invoke' || restores.isUnaware(entry.process)) return;
          const ofStore = ofProcess(entry.process);
          if (entry.seq > (ofStore.get(entry.conversation)?.seq ?? 0)) ofStore.set(entry.conversation, entry);
          return;
        }
        case 'cursor': {
          const ack = ofProcess(entry.process).get(entry.conversation);
          if (ack === undefined || ack.seq <= entry.seq) return;
          report(
            `${ack.process} had said that ${entry.conversation} is here up to seq ${ack.seq}, but its store holds a cursor of ${entry.seq}`,
            ack,
            entry,
          );
          return;
        }
        case 'reset':
          if (entry.conversation === '*') ofProcess(entry.process).clear();
          else ofProcess(entry.process).delete(entry.conversation);
          return;
        case 'restore':
          said.clear();
          return;
        default:
          return;
      }
    },
    atEnd(): void {},
  };
}
