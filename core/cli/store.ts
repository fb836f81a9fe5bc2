/** `parley store check|stat|renew DIR`: verifies a data directory, says where its space goes, tells it that it is a backup put back. */
import { parseArgs } from 'node:util';
import { checkStore, NoStoreError, type Progress, type StoreCheck, type StoreStat, statStore } from '../store/check/check-store.ts';
import { renewStore } from '../store/check/renew-store.ts';
import { StoreDamagedError, StoreUnavailableError } from '../store/embedded/embedded-store.ts';
import { type Command, ExitCode, err, out, usage } from './command.ts';
import { suggest } from './suggest.ts';

const help = `parley store: looks at the directory of an embedded store that no server has open

  parley store check DIR [--json]   verifies it: checksums and numbers of the journal, checksum and form of every row, fences, every
                                    conversation's log without a hole and as its head says, watermarks, kept outcomes
  parley store stat  DIR [--json]   where the space goes: files, and rows and bytes by kind
  parley store renew DIR [--json]   to be run when a backup was put back: a new store id, by which clients learn that what they know may
                                    be newer than the store; they then give up their cursors and send again what has no answer

The directory is opened as a server opens it, so what a crash left behind is put in order first. Progress goes to stderr.
Exit codes: 0 it holds · 1 it does not, or it could not be looked at (the reason is printed) · 2 wrong arguments
`;

const progressMs = 2_000;
const actions: Readonly<Record<string, (directory: string, isJson: boolean) => Promise<number>>> = { check, stat, renew };

export const storeCommand: Command = {
  name: 'store',
  summary: 'check a data directory, say where its space goes, make a restored one known',
  run: store,
};

async function store(args: readonly string[]): Promise<number> {
  let parsed: ReturnType<typeof readArguments>;
  try {
    parsed = readArguments(args);
  } catch (error) {
    return usage('store', error instanceof Error ? error.message : String(error), help);
  }
  const { values, positionals } = parsed;
  if (values.help === true) {
    out(help);
    return ExitCode.ok;
  }
  const [action, directory] = positionals;
  const work = action !== undefined && Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (work === undefined) {
    const meant = suggest(action ?? '', Object.keys(actions));
    const what = action === undefined ? 'check, stat or renew?' : `no command "${action}"`;
    return usage('store', `${what}${meant === '' ? '' : `; did you mean "parley store ${meant}"?`}`, help);
  }
  if (directory === undefined || positionals.length > 2) return usage('store', 'one DIR is needed', help);
  return work(directory, values.json === true);
}

function readArguments(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
}

async function check(directory: string, isJson: boolean): Promise<number> {
  return look(directory, isJson, async () => {
    const result = await checkStore(directory, newWatch());
    out(isJson ? `${JSON.stringify(result)}\n` : describeCheck(result));
    return result.ok ? ExitCode.ok : ExitCode.failed;
  });
}

async function stat(directory: string, isJson: boolean): Promise<number> {
  return look(directory, isJson, async () => {
    const result = await statStore(directory, newWatch());
    out(isJson ? `${JSON.stringify({ ok: true, ...result })}\n` : describeStat(result));
    return ExitCode.ok;
  });
}

async function renew(directory: string, isJson: boolean): Promise<number> {
  return look(directory, isJson, async () => {
    await renewStore(directory);
    out(isJson ? `${JSON.stringify({ directory, ok: true })}\n` : `${directory} has a new store id: clients will compare what they know\n`);
    return ExitCode.ok;
  });
}

/** What stands in the way of looking is said in one sentence. */
async function look(directory: string, isJson: boolean, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const isKnown = error instanceof NoStoreError || error instanceof StoreUnavailableError || error instanceof StoreDamagedError;
    if (!isKnown) throw error;
    err(`parley store: ${error.message}\n`);
    if (isJson) out(`${JSON.stringify({ directory, ok: false, error: error.message })}\n`);
    return ExitCode.failed;
  }
}

/** A line on stderr now and then. */
function newWatch(): (progress: Progress) => void {
  let toldAtMs = performance.now();
  return ({ table, rows, share }) => {
    const nowMs = performance.now();
    if (nowMs - toldAtMs < progressMs) return;
    toldAtMs = nowMs;
    err(`… table ${table} ${Math.floor(share * 100)} %, ${number(rows)} rows so far\n`);
  };
}

function describeCheck({ directory, ok, rows, conversations, problems, problemCount, notes }: StoreCheck): string {
  const lines = notes.map((note) => `note: ${note}`);
  lines.push(...problems.map((problem) => `problem: ${problem}`));
  if (problemCount > problems.length) lines.push(`… and ${number(problemCount - problems.length)} problems more`);
  const seen = `${number(rows)} rows, ${number(conversations)} conversations`;
  lines.push(ok ? `${directory} holds: ${seen}` : `${directory} does not hold: ${number(problemCount)} problems; ${seen} seen`);
  return `${lines.join('\n')}\n`;
}

function describeStat(stat: StoreStat): string {
  const { directory, journalBytes, journalFiles, indexBytes, rows, conversations, space } = stat;
  const lines = Object.entries(space).map(([name, line]) => ({ name, ...line, bytes: line.keyBytes + line.valueBytes }));
  const total = lines.reduce((bytes, line) => bytes + line.bytes, 0);
  lines.sort((left, right) => right.bytes - left.bytes);
  return `${directory}
  journal  ${size(journalBytes).padStart(10)}  ${journalFiles} segments of a fixed size, used again and again
  index    ${size(indexBytes).padStart(10)}  ${number(rows)} rows of ${number(conversations)} conversations, compressed

  ${'rows by kind'.padEnd(24)}${'rows'.padStart(14)}${'keys'.padStart(12)}${'values'.padStart(12)}${'share'.padStart(8)}
${lines.map((line) => row(line, total)).join('\n')}
`;
}

function row(line: { name: string; rows: number; keyBytes: number; valueBytes: number; bytes: number }, total: number): string {
  const share = `${((line.bytes / total) * 100).toFixed(1)} %`;
  const cells = `${number(line.rows).padStart(14)}${size(line.keyBytes).padStart(12)}${size(line.valueBytes).padStart(12)}${share.padStart(8)}`;
  return `  ${line.name.padEnd(24)}${cells}`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let value = bytes;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
