/** `parley sim check`: the checkers over recorded histories. */
import { createReadStream } from 'node:fs';
import { CheckerSet } from '../checkers/all.ts';
import { violationText } from '../checkers/checker.ts';
import { HistoryError, HistoryReader } from '../history/codec.ts';
import { ArgumentError, type Io, readArguments } from './args.ts';
import { ExitCode } from './exit-code.ts';

export async function checkCommand(args: readonly string[], io: Io): Promise<number> {
  const { files, flags } = readArguments(args, { json: 'flag' }, true);
  if (files.length === 0) throw new ArgumentError('check needs at least one file');
  let entries = 0;
  let violations = 0;
  for (const file of files) {
    const checkers = new CheckerSet();
    entries += await readOrRefuse(file, checkers);
    for (const violation of checkers.finish()) {
      violations += 1;
      io.err(`${file}: ${violationText(violation)}\n`);
    }
  }
  if (flags.has('json')) io.out(`${JSON.stringify({ files: files.length, entries, violations })}\n`);
  else io.out(`${files.length === 1 ? '1 history' : `${files.length} histories`}, ${entries} entries, ${violations} violations\n`);
  return violations === 0 ? ExitCode.ok : ExitCode.safety;
}

/** A file that cannot be read, or holds no history, must not pass as one without violations. */
async function readOrRefuse(file: string, checkers: CheckerSet): Promise<number> {
  let entries: number;
  try {
    entries = await readHistoryFile(file, checkers);
  } catch (error) {
    if (error instanceof HistoryError || isFileError(error)) throw new ArgumentError(`${file}: ${error.message}`);
    throw error;
  }
  if (entries === 0) throw new ArgumentError(`${file}: holds no line of a history (the format is in PROTOCOL.md)`);
  return entries;
}

function isFileError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}

/** Feeds a file to the checkers; returns the number of entries. */
export async function readHistoryFile(file: string, checkers: CheckerSet): Promise<number> {
  const reader = new HistoryReader();
  let entries = 0;
  for await (const chunk of createReadStream(file, { encoding: 'utf8' })) {
    reader.push(String(chunk), (entry) => {
      entries += 1;
      checkers.observe(entry);
    });
  }
  return entries;
}
