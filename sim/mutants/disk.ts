/**
 * Mutants of the embedded store (models/store names most of them). `lost`, `torn`, `other`: the verdicts of the check that must find them:
 * the disk model, the cuts of a recorded trace, or the damaged index files.
 */
import type { Mutant } from './mutant.ts';

export interface DiskMutant extends Mutant {
  readonly check: 'disk' | 'disk-trace' | 'disk-damage';
}

const store = 'core/store/embedded';
const machines = `${store}/machines`;
const everyChecker = ['lost', 'torn', 'other'];

const modelMutants: readonly Mutant[] = [
  {
    name: 'disk-ack-before-sync',
    bug: 'a batch is acknowledged when its write begins',
    file: `${machines}/journal.ts`,
    find: '    this.#ports.files.write(segment.name, this.#offset,',
    replace: "    record.answer({ kind: 'ok' });\n    this.#ports.files.write(segment.name, this.#offset,",
    killedBy: everyChecker,
  },
  {
    name: 'disk-checkpoint-before-index',
    bug: 'the checkpoint is written before the index is durable',
    file: `${machines}/checkpointer.ts`,
    find: '    this.#ports.index.sync(lsn, (synced) => {',
    replace: '    this.#store(lsn, { manifest: 0, bytes: 0 });\n    if (lsn > 0) return;\n    this.#ports.index.sync(lsn, (synced) => {',
    killedBy: everyChecker,
  },
  {
    name: 'disk-stale-segment',
    bug: 'records of an older use of a segment file count',
    file: `${machines}/segment-scan.ts`,
    find: 'const own = header !== null && segment === header.segment;',
    replace: 'const own = header !== null && length !== 0;',
    killedBy: everyChecker,
  },
  {
    name: 'disk-no-checksum',
    bug: 'the checksum of a record is not checked',
    file: `${machines}/layout.ts`,
    find: '  if (readU32(bytes, at + 4) !== checksum(bytes, at + 8, at + length, word)) return 0;\n',
    replace: '',
    killedBy: everyChecker,
  },
  {
    name: 'disk-goes-on-after-failure',
    bug: 'after a failed write the same segment is written on',
    file: `${machines}/journal.ts`,
    find: "    this.#close(segment);\n    record.answer({ kind: 'unknown' });",
    replace: "    this.#offset += paddedBytes(record.length);\n    record.answer({ kind: 'unknown' });",
    killedBy: everyChecker,
  },
  {
    name: 'disk-overlay-dropped-on-apply',
    bug: 'the overlay forgets rows when they are applied, although a read with an older snapshot is open',
    file: `${machines}/overlay.ts`,
    find: '      if (oldestRead !== undefined && oldestRead <= this.#drops[0].lastRead) return;\n',
    replace: '',
    killedBy: everyChecker,
  },
  {
    name: 'disk-serves-before-copy',
    bug: 'recovery serves before the last record was written again',
    file: `${machines}/store-machine.ts`,
    find: '    copy.onDurable = serve;',
    replace: '    serve();',
    killedBy: everyChecker,
  },
  {
    name: 'disk-trusts-checkpoint-read',
    bug: 'a checkpoint that was only read recycles segments',
    file: `${machines}/store-machine.ts`,
    find: '    const now = this.#ports.now;',
    replace: '    this.#segments.checkpointed(plan.checkpoint.lsn);\n    const now = this.#ports.now;',
    killedBy: everyChecker,
  },
  {
    name: 'disk-checkpoints-over-sick-index',
    bug: 'checkpoints go on after a failed index sync',
    file: `${machines}/checkpointer.ts`,
    find: "        this.#feed.fail('sync failed');\n",
    replace: '',
    killedBy: everyChecker,
  },
  {
    name: 'disk-replays-below-sync',
    bug: 'an index opened anew is replayed from the last checkpoint file that was surely written',
    file: `${machines}/store-machine.ts`,
    find: 'this.#checkpointer?.syncedLsn ?? 0',
    replace: 'this.#checkpointer?.durableLsn ?? 0',
    killedBy: everyChecker,
  },
  {
    name: 'disk-refuses-while-it-could-wait',
    bug: 'batches are refused as soon as every segment file is in use, although nothing is wrong with the disk',
    file: `${machines}/journal.ts`,
    find: 'this.#waitsForFileSinceMs + this.#limits.segmentWaitMs',
    replace: 'this.#waitsForFileSinceMs + this.#limits.retryMs',
    killedBy: ['other'],
  },
  {
    name: 'disk-scan-across-reopening',
    bug: 'a scan goes on over an index that was opened anew meanwhile and is behind what the overlay forgot',
    file: `${machines}/reads.ts`,
    find: 'done(this.#feed.reopenings === reopenings ? result :',
    replace: 'done(reopenings >= 0 ? result :',
    killedBy: everyChecker,
  },
  {
    name: 'disk-record-across-pieces',
    bug: 'recovery takes a record that lies across two pieces of the file for a torn one',
    file: `${machines}/segment-scan.ts`,
    find: '      if (at + named > bytes.length && !ended) return named;\n',
    replace: '',
    killedBy: everyChecker,
  },
];

const traceMutants: readonly Mutant[] = [
  {
    name: 'disk-trace-journal-not-synced',
    bug: 'the journal is written without a sync',
    file: `${store}/node-files.ts`,
    find: 'fs.constants.O_RDWR | fs.constants.O_DSYNC : ',
    replace: 'fs.constants.O_RDWR : ',
    killedBy: everyChecker,
  },
  {
    name: 'disk-trace-index-not-flushed',
    bug: 'a checkpoint does not flush the index: its rows stand in a log that no one synced',
    file: `${store}/level-index.ts`,
    find: '      await this.#level.compactRange(beyond, beyond);\n',
    replace: '      if (beyond.length === 0) return null;\n',
    killedBy: everyChecker,
  },
];

const damageMutants: readonly Mutant[] = [
  {
    name: 'disk-damage-tables-unread',
    bug: 'tables of the index are not verified before it serves',
    file: `${store}/index-files.ts`,
    find: '      else await this.verifyTable(table, names);\n',
    replace: '',
    killedBy: everyChecker,
  },
  {
    name: 'disk-damage-filter-unchecked',
    bug: 'the filter of a table, which can hide a key, is not verified',
    file: `${store}/level-files/table-file.ts`,
    find: '    checkBlock(bytes, place, footerAt, what);\n    at +=',
    replace: "    if (what !== 'filter') checkBlock(bytes, place, footerAt, what);\n    at +=",
    killedBy: everyChecker,
  },
  {
    name: 'disk-damage-short-manifest',
    bug: 'a MANIFEST that lost its end is taken for one whose writer died',
    file: `${store}/index-files.ts`,
    find: 'end.wholeBytes < mark.bytes',
    replace: 'end.wholeBytes < 0',
    killedBy: everyChecker,
  },
  {
    name: 'disk-damage-no-current',
    bug: 'an index without CURRENT is made anew, and its tables are deleted',
    file: `${store}/index-files.ts`,
    find: 'mark.manifest > 0 && names.length > 0',
    replace: 'names.length > 1e9',
    killedBy: everyChecker,
  },
];

export const diskMutants: readonly DiskMutant[] = [
  ...modelMutants.map((mutant) => ({ ...mutant, check: 'disk' as const })),
  ...traceMutants.map((mutant) => ({ ...mutant, check: 'disk-trace' as const })),
  ...damageMutants.map((mutant) => ({ ...mutant, check: 'disk-damage' as const })),
];
