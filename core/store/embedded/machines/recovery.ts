/**
 * Opening a directory: what its files say, and whether they may be served (DESIGN 7; the rule itself is recovery-rule.ts).
 *
 * Method: identity, index, checkpoint files and every segment are read one after the other, segments in pieces; the result is a plan, or the
 * name of what is damaged. A new store's identity becomes durable before any other file exists.
 */
import { FileWindow } from './file-window.ts';
import {
  type Checkpoint,
  checkpointFiles,
  checkpointSectors,
  decodeCheckpoint,
  decodeIdentity,
  encodeIdentity,
  formatVersion,
  identityFile,
  isUnknownVersion,
  sectorBytes,
} from './layout.ts';
import type { EmbeddedLimits } from './limits.ts';
import type { IndexOpened, MachinePorts } from './ports.ts';
import { Progress } from './progress.ts';
import { type Damage, judgeJournal } from './recovery-rule.ts';
import { isUnknownFormat, SegmentScan, type SegmentSummary, type UnknownFormat } from './segment-scan.ts';
import { isSegmentName } from './segment-table.ts';

export interface RecoveryPlan {
  readonly kind: 'plan';
  readonly word: number;
  readonly checkpoint: Checkpoint;
  /** The index has everything up to here. */
  readonly indexLsn: number;
  readonly endLsn: number;
  /** Every segment file found. */
  readonly files: readonly SegmentSummary[];
  /** Segments that count, oldest first. */
  readonly segments: readonly SegmentSummary[];
}

/** `unavailable`: the directory or its index cannot be used now; nothing is known to be damaged. */
export type RecoveryResult = RecoveryPlan | Damage | { readonly kind: 'unavailable'; readonly what: string };

export class Recovery {
  readonly #ports: MachinePorts;
  readonly #window: FileWindow;
  readonly #progress: Progress;
  readonly #freshWord: number;
  readonly #done: (result: RecoveryResult) => void;
  #names: readonly string[] = [];
  #word = 0;
  #checkpoint: Checkpoint = { lsn: 0, generation: 0, mark: { manifest: 0, bytes: 0 } };
  /** A checkpoint file that is missing or has bytes which are no checkpoint. */
  #doubtfulCheckpoint: string | null = null;
  readonly #files: SegmentSummary[] = [];

  /** `freshWord` is the random word of the store, should it be new. */
  constructor(ports: MachinePorts, limits: EmbeddedLimits, freshWord: number, done: (result: RecoveryResult) => void) {
    this.#ports = ports;
    this.#window = new FileWindow(ports.files, limits.readWindowBytes);
    this.#progress = new Progress(ports, limits);
    this.#freshWord = freshWord;
    this.#done = done;
  }

  start(): void {
    this.#ports.files.list((names) => {
      if (names === null) {
        this.#unavailable('the directory cannot be read');
        return;
      }
      this.#names = names;
      if (names.includes(identityFile)) this.#readIdentity();
      else if (names.some(isSegmentName)) this.#damaged(identityFile, 'is missing');
      else this.#makeIdentity();
    });
  }

  #readIdentity(): void {
    this.#readWhole(identityFile, sectorBytes, (bytes) => {
      const identity = bytes === null ? null : decodeIdentity(bytes, this.#ports.checksum);
      if (identity !== null && isUnknownVersion(identity)) {
        this.#unknownVersion(identityFile, 'identity', identity.unknownVersion);
        return;
      }
      // Without a segment nothing depends on the word yet, and the page cache may show an identity that no disk has.
      if (!this.#names.some(isSegmentName)) {
        this.#makeIdentity();
        return;
      }
      if (identity === null) {
        this.#damaged(identityFile, 'is not whole');
        return;
      }
      this.#word = identity.word;
      this.#readCheckpointFile(0);
    });
  }

  #makeIdentity(): void {
    this.#ports.files.create(identityFile, sectorBytes, (made) => {
      if (!made) {
        this.#unavailable(`${identityFile} cannot be made`);
        return;
      }
      const bytes = encodeIdentity(this.#freshWord, this.#ports.checksum);
      this.#ports.files.write(identityFile, 0, bytes, (written) => {
        if (!written) {
          this.#unavailable(`${identityFile} cannot be written`);
          return;
        }
        this.#word = this.#freshWord;
        this.#readCheckpointFile(0);
      });
    });
  }

  #readCheckpointFile(index: number): void {
    if (index === checkpointFiles.length) {
      this.#readSegment(0);
      return;
    }
    const name = checkpointFiles[index];
    if (!this.#names.includes(name)) {
      this.#doubtfulCheckpoint ??= name;
      this.#makeCheckpointFile(name, () => this.#readCheckpointFile(index + 1));
      return;
    }
    this.#readWhole(name, checkpointSectors * sectorBytes, (bytes) => {
      if (bytes === null) {
        this.#unavailable(`${name} cannot be read`);
        return;
      }
      for (let sector = 0; sector < checkpointSectors; sector += 1) {
        const found = decodeCheckpoint(bytes, sector * sectorBytes, this.#word, this.#ports.checksum);
        if (found === null) this.#noteDoubt(name, bytes, sector);
        else if (isUnknownVersion(found)) return this.#unknownVersion(name, 'checkpoint', found.unknownVersion);
        else if (found.generation > this.#checkpoint.generation) this.#checkpoint = found;
      }
      if (bytes.length >= checkpointSectors * sectorBytes) {
        this.#readCheckpointFile(index + 1);
        return;
      }
      this.#doubtfulCheckpoint = name;
      this.#makeCheckpointFile(name, () => this.#readCheckpointFile(index + 1));
    });
  }

  #makeCheckpointFile(name: string, then: () => void): void {
    this.#ports.files.create(name, checkpointSectors * sectorBytes, (made) => {
      if (made) then();
      else this.#unavailable(`${name} cannot be made`);
    });
  }

  #noteDoubt(name: string, bytes: Uint8Array, sector: number): void {
    const end = Math.min(bytes.length, (sector + 1) * sectorBytes);
    for (let at = sector * sectorBytes; at < end; at += 1) if (bytes[at] !== 0) this.#doubtfulCheckpoint = name;
  }

  #readSegment(index: number): void {
    const names = this.#names.filter(isSegmentName);
    if (index === names.length) {
      this.#openIndex();
      return;
    }
    const name = names[index];
    this.#window.enter(name);
    this.#progress.tell(`journal file ${index + 1} of ${names.length} is read`);
    this.#scanSegment(name, new SegmentScan(name, this.#word, this.#ports.checksum), (summary) => {
      if (isUnknownFormat(summary)) {
        this.#unknownVersion(name, summary.what, summary.unknownVersion);
        return;
      }
      if (summary.header !== null && summary.header.word !== this.#word) {
        this.#damaged(name, 'belongs to another store');
        return;
      }
      this.#files.push(summary);
      this.#readSegment(index + 1);
    });
  }

  #scanSegment(name: string, scan: SegmentScan, done: (summary: SegmentSummary | UnknownFormat) => void): void {
    const window = this.#window;
    const needed = scan.look(window.bytes, window.start, window.ended);
    if (needed === 0) {
      done(scan.summary(window.start + window.bytes.length));
      return;
    }
    window.load(scan.at, needed, (loaded) => {
      if (loaded) this.#scanSegment(name, scan, done);
      else this.#unavailable(`${name} cannot be read`);
    });
  }

  #readWhole(name: string, bytesMax: number, done: (bytes: Uint8Array | null) => void): void {
    const bytes = new Uint8Array(bytesMax);
    this.#ports.files.read(name, 0, bytes, (count) => done(count === null ? null : bytes.subarray(0, count)));
  }

  #openIndex(): void {
    this.#ports.index.open(this.#word, this.#checkpoint.mark, (opened) => this.#judge(opened));
  }

  #judge(opened: IndexOpened): void {
    if (opened.kind === 'unavailable') {
      this.#unavailable(opened.what);
      return;
    }
    const lsn = this.#checkpoint.lsn;
    if (opened.kind === 'damaged') {
      this.#rebuildIndex(opened.file, opened.what);
      return;
    }
    if (opened.syncedLsn < lsn) {
      this.#rebuildIndex('index', opened.empty ? 'is empty' : `lacks records ${opened.syncedLsn + 1} to ${lsn}`);
      return;
    }
    const journal = judgeJournal(this.#files, lsn);
    if (journal.kind === 'damaged') {
      this.#damaged(this.#suspect(journal, lsn), journal.what);
      return;
    }
    this.#finish(journal.segments, journal.endLsn, lsn);
  }

  /** The journal can give a lost index everything only while it still has record 1. */
  #rebuildIndex(file: string, what: string): void {
    const journal = judgeJournal(this.#files, 0);
    const whole = journal.kind === 'whole' && journal.endLsn >= this.#checkpoint.lsn;
    if (!whole) {
      this.#damaged(file, `${what}, and the journal no longer has every record`);
      return;
    }
    this.#ports.report(`index rebuilt from the journal: ${file} ${what}`);
    this.#ports.index.clear((cleared) => {
      if (!cleared) {
        this.#unavailable('the index cannot be made anew');
        return;
      }
      this.#finish(journal.segments, journal.endLsn, 0);
    });
  }

  #finish(segments: readonly SegmentSummary[], endLsn: number, indexLsn: number): void {
    this.#done({ kind: 'plan', word: this.#word, checkpoint: this.#checkpoint, indexLsn, endLsn, files: this.#files, segments });
  }

  /** A gap right above the checkpoint is a lost checkpoint rather than a lost segment when a checkpoint file is in doubt. */
  #suspect(damage: Damage, checkpointLsn: number): string {
    const gapAtStart = damage.what.startsWith(`records ${checkpointLsn + 1} `);
    return gapAtStart && this.#doubtfulCheckpoint !== null ? this.#doubtfulCheckpoint : damage.file;
  }

  #unknownVersion(file: string, what: string, version: number): void {
    this.#damaged(file, `${what} of format ${version}; this program knows format ${formatVersion}: use the program that wrote it`);
  }

  #damaged(file: string, what: string): void {
    this.#done({ kind: 'damaged', file, what });
  }

  #unavailable(what: string): void {
    this.#done({ kind: 'unavailable', what });
  }
}
