/** Options of the simulator's commands, and where their output goes. */
import { parseArgs } from 'node:util';

export interface Io {
  /** Results: stdout. */
  out(text: string): void;
  /** Progress and complaints: stderr. */
  err(text: string): void;
  /** Progress lines may be overwritten. */
  readonly isTerminal: boolean;
}

export const processIo: Io = {
  out: (text) => {
    process.stdout.write(text);
  },
  err: (text) => {
    process.stderr.write(text);
  },
  isTerminal: process.stderr.isTTY === true,
};

/** The arguments are not what the command takes. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

export type OptionKind = 'number' | 'flag' | 'text';

export interface Arguments {
  readonly numbers: ReadonlyMap<string, number>;
  readonly texts: ReadonlyMap<string, string>;
  readonly flags: ReadonlySet<string>;
  readonly files: readonly string[];
}

/** @throws ArgumentError */
export function readArguments(args: readonly string[], options: Readonly<Record<string, OptionKind>>, takesFiles = false): Arguments {
  const config = {
    help: { type: 'boolean' as const },
    ...Object.fromEntries(
      Object.entries(options).map(([name, kind]) => [name, { type: kind === 'flag' ? ('boolean' as const) : ('string' as const) }]),
    ),
  };
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...args], options: config, allowPositionals: takesFiles });
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error));
  }
  if (parsed.values.help === true) throw new ArgumentError('help');
  const numbers = new Map<string, number>();
  const texts = new Map<string, string>();
  const flags = new Set<string>();
  for (const [name, value] of Object.entries(parsed.values)) {
    const kind = options[name];
    if (kind === 'flag' && value === true) flags.add(name);
    else if (kind === 'number') numbers.set(name, wholeNumber(name, String(value)));
    else if (kind === 'text') texts.set(name, String(value));
  }
  return { numbers, texts, flags, files: parsed.positionals };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0)
    throw new ArgumentError(`--${name} takes a whole number, not "${text}"`);
  return value;
}
