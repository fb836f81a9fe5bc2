/** The file system rebuilt from a trace: what was synced survives a power cut, what was written survives a kill. */
import { describe, expect, it } from 'vitest';
import { parseTrace } from '../../../../sim/disk/trace/system-calls.ts';
import { TracedFiles } from '../../../../sim/disk/trace/traced-files.ts';
import { Purpose, RandomStream } from '../../../../sim/random.ts';

const hex = (text: string): string => `"${[...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}"`;
const open = (path: string, flags: string, descriptor: number): string =>
  `7 openat(AT_FDCWD, ${hex(path)}, ${flags}, 0666) = ${descriptor}`;

function filesAfter(...lines: string[]): TracedFiles {
  const files = new TracedFiles('/s');
  for (const event of parseTrace(lines.join('\n'))) files.apply(event);
  return files;
}

const powerCuts = (files: TracedFiles): (string | undefined)[] =>
  Array.from({ length: 60 }, (_, seed) =>
    files
      .afterPowerCut(new RandomStream(seed, Purpose.faults, 0))
      .get('/s/a')
      ?.toString(),
  );
const killed = (files: TracedFiles): string | undefined =>
  files
    .afterKill(new RandomStream(1, Purpose.faults, 0))
    .get('/s/a')
    ?.toString();

describe('a traced file', () => {
  const make = [`7 mkdir(${hex('/s')}, 0777) = 0`, open('/s/a', 'O_WRONLY|O_CREAT|O_TRUNC', 20)];

  it('keeps an unsynced write after a kill, and now and then after a power cut', () => {
    const files = filesAfter(...make, `7 write(20, ${hex('one')}, 3) = 3`);
    expect(killed(files)).toBe('one');
    expect(new Set(powerCuts(files))).toContain('one');
    expect(new Set(powerCuts(files))).toContain(undefined);
  });

  it('keeps what was synced after any power cut, and what came later now and then', () => {
    const files = filesAfter(...make, `7 write(20, ${hex('one')}, 3) = 3`, '7 fdatasync(20) = 0', `7 write(20, ${hex('two')}, 3) = 3`);
    for (const content of powerCuts(files)) expect(content?.startsWith('one')).toBe(true);
    expect(new Set(powerCuts(files))).toContain('one');
    expect(new Set(powerCuts(files))).toContain('onetwo');
  });

  it('does not count a write that began after the sync, nor a sync that has not ended', () => {
    const writeAndSync = [`7 write(20, ${hex('one')}, 3) = 3`, '8 fsync(20 <unfinished ...>', `7 write(20, ${hex('two')}, 3) = 3`];
    expect(new Set(powerCuts(filesAfter(...make, ...writeAndSync)))).toContain(undefined);
    expect(new Set(powerCuts(filesAfter(...make, ...writeAndSync, '8 <... fsync resumed>) = 0')))).toContain('one');
    expect(new Set(powerCuts(filesAfter(...make, ...writeAndSync, '8 <... fsync resumed>) = 0')))).not.toContain(undefined);
  });

  it('takes a write on a descriptor that syncs itself for durable', () => {
    const files = filesAfter(...make, '7 fsync(20) = 0', open('/s/a', 'O_RDWR|O_DSYNC', 21), `7 pwrite64(21, ${hex('one')}, 3, 0) = 3`);
    expect(new Set(powerCuts(files))).toEqual(new Set(['one']));
  });

  it('leaves a descriptor to the file that got its number before the close that freed it was seen to end', () => {
    const reused = ['8 close(20 <unfinished ...>', open('/s/a', 'O_RDWR|O_DSYNC', 20), '8 <... close resumed>) = 0'];
    const files = filesAfter(...make, '7 fsync(20) = 0', ...reused, `7 pwrite64(20, ${hex('one')}, 3, 0) = 3`);
    expect(new Set(powerCuts(files))).toEqual(new Set(['one']));
  });

  it('reads results behind blanks and before the words of an error', () => {
    const files = filesAfter(
      ...make,
      `7 write(20, ${hex('one')}, 3)       = 3`,
      '7 fdatasync(20)                    = 0',
      `7 rename(${hex('/s/a')}, ${hex('/s/b')}) = -1 ENOSPC (No space left on device)`,
    );
    expect(new Set(powerCuts(files))).toEqual(new Set(['one']));
  });

  it('keeps the order of operations on names', () => {
    const files = filesAfter(
      ...make,
      `7 write(20, ${hex('one')}, 3) = 3`,
      '7 fsync(20) = 0',
      open('/s/b', 'O_WRONLY|O_CREAT', 21),
      `7 write(21, ${hex('two')}, 3) = 3`,
      '7 fsync(21) = 0',
      `7 rename(${hex('/s/b')}, ${hex('/s/a')}) = 0`,
    );
    expect(new Set(powerCuts(files))).toEqual(new Set(['one', 'two']));
  });

  it('knows a call that it cannot follow', () => {
    expect(() => filesAfter(...make, '7 ftruncate(20, 5) = 0')).toThrow(/does not know/);
  });

  it('finds what the trace did not show', () => {
    const files = filesAfter(...make, `7 write(20, ${hex('one')}, 3) = 3`);
    const left = new Map<string, Buffer | null>([
      ['/s', null],
      ['/s/a', Buffer.from('onf')],
    ]);
    expect(() => files.processEnded(left, false)).toThrow(/does not explain \/s\/a/);
    files.processEnded(left, true);
    expect(killed(files)).toBe('onf');
  });
});
