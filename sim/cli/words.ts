/**
 * The words behind a checking command that takes a few counts and flags.
 *
 * Method: the defaults say which options there are and of which kind. `--help` prints the help; a wrong word gives one line and exit code 2.
 */
import { parseArgs } from 'node:util';

type Defaults = Readonly<Record<string, number | string | boolean>>;
type Wide<Value> = Value extends number ? number : Value extends boolean ? boolean : string;
export type Words<Options extends Defaults> = { readonly [Name in keyof Options]: Wide<Options[Name]> };

/**
 * Reads `words` by `defaults`: a number is a whole number above 0, a boolean a flag, anything else text.
 *
 * @returns the values, or what is wrong; null: help is wanted
 */
export function readWords<Options extends Defaults>(words: readonly string[], defaults: Options): Words<Options> | string | null {
  const kinds: Record<string, { type: 'boolean' | 'string'; short?: string }> = { help: { type: 'boolean', short: 'h' } };
  for (const [name, value] of Object.entries(defaults)) kinds[name] = { type: kindOf(value) };
  try {
    const { values } = parseArgs({ args: [...words], options: kinds });
    if (values.help === true) return null;
    const read = Object.entries(defaults).map(([name, value]) => [name, valueFor(name, values[name], value)]);
    return Object.fromEntries(read) as Words<Options>;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The words of this process; does not return when they are wrong or ask for help. `help` begins with the command. */
export function wordsOrExit<Options extends Defaults>(help: string, defaults: Options): Words<Options> {
  const read = readWords(process.argv.slice(2), defaults);
  if (read === null) {
    process.stdout.write(help);
    process.exit(0);
  }
  if (typeof read !== 'string') return read;
  process.stderr.write(`${read}\n\n${help}`);
  process.exit(2);
}

function kindOf(value: number | string | boolean): 'boolean' | 'string' {
  return typeof value === 'boolean' ? 'boolean' : 'string';
}

function valueFor(name: string, given: unknown, otherwise: number | string | boolean): number | string | boolean {
  if (given === undefined) return otherwise;
  if (typeof otherwise === 'boolean') return given === true;
  if (typeof otherwise === 'string') return String(given);
  const value = Number(given);
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`--${name} takes a whole number above 0, not "${String(given)}"`);
  return value;
}
