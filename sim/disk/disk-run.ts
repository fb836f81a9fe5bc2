/**
 * One life story of an embedded store on the simulated disk: owners write and read, the process dies or the power fails at
 * drawn instants (in recovery too), disk and index fail at times; after each recovery every unit is judged. At the end all
 * faults stop, and the store must serve and take writes again.
 */
import { crc32 } from '../../core/store/embedded/machines/crc32.ts';
import { decodeIdentity, isUnknownVersion } from '../../core/store/embedded/machines/layout.ts';
import type { EmbeddedLimits } from '../../core/store/embedded/machines/limits.ts';
import { isUnknownFormat, summarizeSegment } from '../../core/store/embedded/machines/segment-scan.ts';
import { isSegmentName } from '../../core/store/embedded/machines/segment-table.ts';
import { type StartResult, StoreMachine } from '../../core/store/embedded/machines/store-machine.ts';
import { Purpose, RandomStream } from '../random.ts';
import { ModelIndex } from './model-index.ts';
import { PageCacheDisk, sectorBytes } from './page-cache-disk.ts';
import { UnitOwner } from './unit-owner.ts';
import { VirtualTime } from './virtual-time.ts';

/** So small that segments roll, are recycled and run out within a fraction of a second. */
export const tinyLimits: EmbeddedLimits = {
  segmentBytes: 8 * 1024,
  segmentsMax: 5,
  recordBytesMax: 4 * 1024,
  writeGapMs: 2,
  busyWriteGapMs: 5,
  busyBatches: 4,
  segmentsAheadMin: 1,
  segmentWaitMs: 400,
  // Most records lie across the border of two pieces.
  readWindowBytes: 1024,
  progressMs: 50,
  retryMs: 10,
  lagBytesMax: 16 * 1024,
  parkedBytesMax: 16 * 1024,
  checkpointMs: 25,
  generationMs: 8,
  generationBytesMax: 2048,
};

export interface DiskRunResult {
  cuts: number;
  powerCuts: number;
  acked: number;
  lost: number;
  torn: number;
  /** Other breaches: a false report of damage, a store that is stuck, a read out of order, … */
  other: number;
  /** Damage done by hand, and how often it was reported with a file's name. */
  damages: number;
  reported: number;
  /** What was wrong, for people. */
  findings: string[];
}

const units = 4;
const serveWithinMs = 5000;

export function runDisk(seed: number): DiskRunResult {
  return new DiskRun(seed).run();
}

class DiskRun {
  readonly #result: DiskRunResult = { cuts: 0, powerCuts: 0, acked: 0, lost: 0, torn: 0, other: 0, damages: 0, reported: 0, findings: [] };
  readonly #seed: number;
  readonly #time = new VirtualTime();
  readonly #random: RandomStream;
  readonly #disk: PageCacheDisk;
  readonly #index: ModelIndex;
  readonly #owners: UnitOwner[] = [];
  #machine: StoreMachine | null = null;
  #serving = false;
  #start: StartResult | null = null;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  /** Damage was done by hand: what it may excuse. */
  #damaged = false;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new RandomStream(seed, Purpose.faults, 0);
    this.#disk = new PageCacheDisk(this.#time, new RandomStream(seed, Purpose.store, 1));
    this.#index = new ModelIndex(this.#time, new RandomStream(seed, Purpose.store, 2));
    const world = {
      time: this.#time,
      random: new RandomStream(seed, Purpose.workload, 0),
      refused: () => this.#disk.refusals + this.#index.refusals > 0,
      violation: (kind: 'lost' | 'torn' | 'other', what: string) => this.#violation(kind, what),
    };
    for (let slot = 0; slot < units; slot += 1) this.#owners.push(new UnitOwner(world, slot));
  }

  run(): DiskRunResult {
    try {
      for (let cuts = this.#random.between(2, 8); cuts > 0 && !this.#broken(); cuts -= 1) this.#live();
      if (!this.#broken()) this.#lastLife();
    } catch (error) {
      this.#violation('other', `the store threw: ${error instanceof Error ? error.stack : String(error)}`);
    }
    for (const owner of this.#owners) this.#result.acked += owner.okCount;
    return this.#result;
  }

  /** A life that ends with a crash at a drawn instant. */
  #live(): void {
    this.#drawFaults();
    this.#boot();
    const untilMs = this.#time.nowMs + (this.#random.permille(250) ? this.#random.between(0, 80) / 10 : this.#random.between(5, 250));
    this.#pass(untilMs);
    this.#crash();
  }

  /** Damage by hand in some runs; then no faults any more, and the store must serve, or say what is damaged. */
  #lastLife(): void {
    this.#noFaults();
    if (this.#random.permille(300)) this.#damageSomething();
    this.#boot();
    this.#pass(this.#time.nowMs + serveWithinMs, () => this.#serving || (this.#start !== null && this.#start.kind !== 'serving'));
    if (this.#start?.kind === 'damaged' && this.#damaged) {
      if (this.#start.file !== '') this.#result.reported += 1;
      return;
    }
    if (!this.#serving) {
      if (!this.#broken()) this.#violation('other', `the store is stuck: ${JSON.stringify(this.#start)}`);
      return;
    }
    const before = this.#owners.map((owner) => owner.okCount);
    const allWrote = (): boolean => this.#owners.every((owner, slot) => owner.okCount >= before[slot] + 3);
    this.#pass(this.#time.nowMs + serveWithinMs, allWrote);
    if (!allWrote() && !this.#broken()) this.#violation('other', 'writes are stuck although nothing fails any more');
  }

  #drawFaults(): void {
    this.#drawSlowness();
    // Some bugs need a failed write and a failed index in one life, and a life that goes on after them.
    const rough = this.#random.permille(150);
    this.#disk.faults.failPermille = rough || this.#random.permille(300) ? this.#random.between(1, 80) : 0;
    this.#disk.faults.full = this.#random.permille(100);
    this.#index.faults.failPermille = rough || this.#random.permille(200) ? this.#random.between(1, 150) : 0;
    this.#planDiskChanges();
  }

  /** A busy disk refuses nothing, but new files and syncs take long. */
  #drawSlowness(): void {
    const slow = this.#random.permille(300);
    this.#disk.faults.createMsMax = slow ? this.#random.between(20, 120) : 6;
    this.#index.faults.syncMsMax = slow ? this.#random.between(10, 60) : 5;
  }

  #noFaults(): void {
    this.#drawSlowness();
    this.#disk.faults.failPermille = 0;
    this.#disk.faults.full = false;
    this.#index.faults.failPermille = 0;
  }

  /** The disk fills and empties, and the system writes back, at drawn instants of the life. */
  #planDiskChanges(): void {
    this.#time.after(this.#random.between(1, 40), () => {
      this.#disk.writeBackSome();
      if (this.#random.permille(150)) this.#disk.faults.full = !this.#disk.faults.full;
      this.#planDiskChanges();
    });
  }

  #boot(): void {
    const machine = new StoreMachine(
      {
        files: this.#disk,
        index: this.#index,
        // Given back memory is overwritten, so that a use of it shows.
        buffers: { take: (bytes) => new Uint8Array(bytes), give: (buffer) => buffer.fill(0xee) },
        checksum: crc32,
        now: () => this.#time.nowMs,
        wakeAt: (atMs) => this.#wakeAt(machine, atMs),
        report: () => {},
      },
      tinyLimits,
    );
    this.#machine = machine;
    this.#disk.refusals = 0;
    this.#index.refusals = 0;
    this.#serving = false;
    this.#start = null;
    machine.start(this.#random.u32(), (result) => {
      this.#start = result;
      if (result.kind === 'serving') this.#serve(machine);
      else if (result.kind === 'damaged' && !this.#damaged)
        this.#violation('other', `damage reported though there is none: ${result.file} ${result.what}`);
    });
  }

  #serve(machine: StoreMachine): void {
    let settled = 0;
    for (const owner of this.#owners) {
      owner.begin(machine, () => {
        settled += 1;
        if (settled < units) return;
        this.#serving = true;
        for (const each of this.#owners) each.work();
      });
    }
  }

  #crash(): void {
    this.#result.cuts += 1;
    this.#time.clear();
    this.#machine = null;
    this.#serving = false;
    this.#wakeAtMs = Number.POSITIVE_INFINITY;
    for (const owner of this.#owners) owner.crash();
    if (this.#random.permille(500)) {
      this.#result.powerCuts += 1;
      this.#disk.cutPower();
      this.#index.cutPower();
    } else {
      this.#disk.killProcess();
      this.#index.killProcess();
    }
  }

  #pass(untilMs: number, enough: () => boolean = () => false): void {
    while (!this.#broken() && !enough() && this.#time.step(untilMs));
  }

  #wakeAt(machine: StoreMachine, atMs: number): void {
    if (atMs >= this.#wakeAtMs) return;
    this.#wakeAtMs = atMs;
    this.#time.after(Math.max(0.01, atMs - this.#time.nowMs), () => {
      if (machine !== this.#machine || this.#wakeAtMs !== atMs) return;
      this.#wakeAtMs = Number.POSITIVE_INFINITY;
      machine.turn();
    });
  }

  /** One sector of a file that counts: not the very last record, whose loss looks like a write that did not finish. */
  #damageSomething(): void {
    if (!this.#disk.names().includes('identity')) return;
    const identity = decodeIdentity(this.#disk.contentOf('identity'), crc32);
    if (identity === null || isUnknownVersion(identity)) return;
    const summaries = this.#disk
      .names()
      .filter(isSegmentName)
      .map((name) => summarizeSegment(name, this.#disk.contentOf(name), identity.word, crc32));
    const last = Math.max(0, ...summaries.map((summary) => (isUnknownFormat(summary) ? 0 : summary.wholeLsnMax)));
    const candidates = summaries.filter((summary) => !isUnknownFormat(summary) && summary.records > 0 && summary.ownLsnMax < last);
    if (candidates.length === 0) return;
    const chosen = this.#random.pick(candidates);
    if (isUnknownFormat(chosen)) return;
    const sectors = this.#disk.contentOf(chosen.name).length / sectorBytes;
    this.#disk.damage(chosen.name, this.#random.permille(300) ? 0 : this.#random.below(sectors));
    this.#damaged = true;
    this.#result.damages += 1;
  }

  #broken(): boolean {
    return this.#result.lost + this.#result.torn + this.#result.other > 0;
  }

  #violation(kind: 'lost' | 'torn' | 'other', what: string): void {
    this.#result[kind] += 1;
    this.#result.findings.push(`seed ${this.#seed} at ${this.#time.nowMs.toFixed(2)} ms: ${kind}: ${what}`);
  }
}
