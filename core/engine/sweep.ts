/**
 * The background sweep: after a start or a take-over it looks for slots that owe events to inboxes, and claims them, because nobody else
 * may ever use them again (DESIGN 4, "Obligations").
 *
 * Method: one small read at a time goes from one used slot to the next; a slot whose first row behind the fence is an obligation is
 * claimed. A read that fails is made again later, each time twice as late up to a bound. Slots that claim at once have a bound, too.
 */
import { Tag, writeFenceKey } from '../model/keys.ts';
import { partitionCount, slotsPerPartition } from '../model/partition.ts';
import { type ScanResult, Table } from '../store/port.ts';
import { Holding } from './holding.ts';
import type { OwnerContext, Waiting } from './owner-context.ts';
import type { Slots } from './slot/slots.ts';

const tagAt = 3;

/** Partitions `[next, to)`; `slot`: the next one of partition `next`. */
interface Range {
  next: number;
  slot: number;
  readonly to: number;
}

export class Sweep implements Waiting {
  private readonly context: OwnerContext;
  private readonly slots: Slots;
  private readonly ranges: Range[] = [];
  private reading = false;
  private ended = false;
  private failures = 0;
  private dueAt = Number.POSITIVE_INFINITY;

  constructor(context: OwnerContext, slots: Slots) {
    this.context = context;
    this.slots = slots;
  }

  /** Looks through the partitions `[from, to)`; what was begun before goes on first. */
  start(from = 0, to = partitionCount): void {
    this.ranges.push({ next: from, slot: 0, to });
    if (!this.reading && this.dueAt === Number.POSITIVE_INFINITY) this.goOn();
  }

  /** For good: the node stops. */
  stop(): void {
    this.ended = true;
    this.ranges.length = 0;
    this.dueAt = Number.POSITIVE_INFINITY;
  }

  get running(): boolean {
    return this.ranges.length > 0;
  }

  nextWakeMs(): number {
    return this.dueAt;
  }

  tick(): void {
    if (this.dueAt > this.context.now) return;
    this.dueAt = Number.POSITIVE_INFINITY;
    this.goOn();
  }

  scanned(result: ScanResult): void {
    this.reading = false;
    const range = this.ranges.at(0);
    if (range === undefined || this.ended) return;
    if (result.kind === 'unavailable') {
      this.again();
      return;
    }
    this.failures = 0;
    if (result.rows.length === 0) this.ranges.shift();
    else this.look(range, result);
    this.goOn();
  }

  /** The first used slot from where the range stands, and the row behind its fence. */
  private look(range: Range, { rows }: ScanResult & { readonly kind: 'ok' }): void {
    const found = rows[0].key;
    const partition = (found[0] << 8) | found[1];
    const slot = found[2];
    const second = rows.at(1)?.key;
    const owes = second !== undefined && second[0] === found[0] && second[1] === found[1] && second[2] === slot;
    // Ours by the assignment; outside of a lease, too: nobody would look here a second time.
    const isOurs = this.context.holdings[partition] !== Holding.none;
    if (owes && second[tagAt] === Tag.obligation && isOurs) this.slots.isReady(this.slots.of(Table.users, partition, slot));
    range.next = slot + 1 === slotsPerPartition ? partition + 1 : partition;
    range.slot = (slot + 1) % slotsPerPartition;
    if (range.next >= range.to) this.ranges.shift();
  }

  private goOn(): void {
    const range = this.ranges.at(0);
    if (range === undefined || this.ended) return;
    if (this.slots.claimsUnderWay >= this.context.limits.sweepClaimsMax) {
      this.dueAt = this.context.now + this.context.limits.unknownRetryMs;
      return;
    }
    const { key } = this.context;
    key.reset();
    writeFenceKey(key, range.next, range.slot);
    const start = key.copy();
    key.reset();
    writeFenceKey(key, range.to, 0);
    this.reading = true;
    this.context.scan({ table: Table.users, start, end: key.copy(), limit: 2, reverse: false, bytesMax: 64 * 1024 }, this);
  }

  private again(): void {
    const { unknownRetryMs, sweepRetryMaxMs } = this.context.limits;
    const delayMs = Math.min(unknownRetryMs * 2 ** this.failures, sweepRetryMaxMs);
    this.failures += 1;
    this.context.counters.sweepReadsRepeated += 1;
    this.dueAt = this.context.now + delayMs;
  }
}
