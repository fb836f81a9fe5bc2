/**
 * Promise 1, accepted means durable: an event of which `accepted{seq}` was told, to anyone and at any time, stands in the log at
 * that place when everything is read back. Excused: what stood above the head when the server's store was put back (undone), also when a device
 * that has not noticed yet is told of it late.
 *
 * Method: remember each accepted sendId with its place; strike it off when the read-back shows it; what is left was lost.
 */
import type { AnswerEntry, HistoryEntry, SendEntry } from '../history/entry.ts';
import type { Checker, Report } from './checker.ts';
import { Restores, restoreOps } from './restores.ts';

type Accepted = (AnswerEntry | SendEntry) & { readonly type: 'ok' };

export function acceptedDurable(report: Report): Checker {
  const accepted = new Map<string, Accepted>();
  const logged = new Map<string, number>();
  /** Outcomes whose sendId the application was not told. */
  const places = new Map<string, Accepted>();
  const heads = new Map<string, number>();
  const restores = new Restores();
  let readBack = false;
  return {
    name: 'accepted means durable',
    ops: [...restoreOps, 'answer', 'send', 'log', 'readback'],
    observe(entry: HistoryEntry): void {
      restores.observe(entry);
      switch (entry.op) {
        case 'answer':
        case 'send':
          if (entry.type !== 'ok' || restores.isOld(entry, entry.conversation, entry.seq)) return;
          if (entry.sendId === '') places.set(`${entry.conversation} ${entry.seq}`, entry);
          else if (!accepted.has(entry.sendId)) accepted.set(entry.sendId, entry);
          return;
        case 'log':
          logged.set(entry.sendId, entry.seq);
          heads.set(entry.conversation, entry.seq);
          return;
        case 'restore':
          for (const [sendId, told] of accepted) {
            if (told.conversation === entry.conversation && told.seq > entry.head) accepted.delete(sendId);
          }
          for (const [key, told] of places) {
            if (told.conversation === entry.conversation && told.seq > entry.head) places.delete(key);
          }
          return;
        case 'readback':
          readBack = true;
          return;
        default:
          return;
      }
    },
    atEnd(): void {
      if (!readBack) return;
      for (const told of places.values()) {
        const head = heads.get(told.conversation) ?? 0;
        if (told.seq > head)
          report(`seq ${told.seq} of ${told.conversation} was accepted, but the log read back ends at seq ${head}`, told);
      }
      for (const [sendId, told] of accepted) {
        const seq = logged.get(sendId);
        if (seq === undefined) {
          report(`send ${sendId} was accepted at seq ${told.seq} of ${told.conversation}, but the log read back does not hold it`, told);
        } else if (seq !== told.seq) {
          report(`send ${sendId} was accepted at seq ${told.seq} of ${told.conversation}, but the log has it at seq ${seq}`, told);
        }
      }
    },
  };
}
