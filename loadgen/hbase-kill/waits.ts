/**
 * How long senders wait for the outcome of what they wrote: the time to recover from a fault is the longest wait after it.
 *
 * Method: reads along with the history. A message is open from its writing (or from the return of its device) to its outcome; one that was
 * written before the fault counts from the fault on.
 */
import type { HistoryEntry } from '../../sim/history/entry.ts';

export class Waits {
  /** Open messages and since when, the oldest first. */
  private readonly open = new Map<string, number>();
  private sinceUs = 0;
  private longestUs = 0;

  /** The fault comes now. */
  begin(nowUs: number): void {
    this.sinceUs = nowUs;
    this.longestUs = 0;
  }

  observe(entry: HistoryEntry): void {
    if (entry.op !== 'send') return;
    if (entry.type === 'invoke' || (entry.type === 'info' && entry.code === 'restored')) this.open.set(entry.message, entry.us);
    else this.end(entry.message, entry.us);
  }

  /** How long the one who waits longest has waited. */
  oldestMs(nowUs: number): number {
    for (const us of this.open.values()) return (nowUs - us) / 1000;
    return 0;
  }

  /** The longest wait since `begin`, over or not. */
  longestMs(nowUs: number): number {
    for (const us of this.open.values()) this.note(us, nowUs);
    return Math.round(this.longestUs / 1000);
  }

  private end(message: string, us: number): void {
    const from = this.open.get(message);
    if (from === undefined) return;
    this.open.delete(message);
    this.note(from, us);
  }

  private note(fromUs: number, toUs: number): void {
    this.longestUs = Math.max(this.longestUs, toUs - Math.max(fromUs, this.sinceUs));
  }
}
