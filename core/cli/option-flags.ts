/** The node's options as flags of a command, perhaps with some of the command's own. */
import { parseArgs } from 'node:util';
import { type OptionName, options } from '../host/config.ts';

export interface ReadFlags {
  readonly flags: Partial<Record<OptionName, string>>;
  /** Flags of the command itself. */
  readonly own: Readonly<Record<string, string | boolean>>;
  readonly positionals: readonly string[];
  readonly wantsHelp: boolean;
}

/** @returns a text that says what is wrong, for arguments that are. */
export function readFlags(
  args: readonly string[],
  own: Readonly<Record<string, 'string' | 'boolean'>> = {},
  isPositional: boolean = false,
): ReadFlags | string {
  const known = Object.entries(options).map(([name, option]) => [name as OptionName, option.flag] as const);
  const wanted: Record<string, { type: 'string' | 'boolean'; short?: string }> = { help: { type: 'boolean', short: 'h' } };
  for (const [, flag] of known) wanted[flag] = { type: 'string' };
  for (const [name, type] of Object.entries(own)) wanted[name] = { type };
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: wanted, strict: true, allowPositionals: isPositional });
    const found: Record<string, unknown> = values;
    const flags: Partial<Record<OptionName, string>> = {};
    for (const [name, flag] of known) {
      const value = found[flag];
      if (typeof value === 'string') flags[name] = value;
    }
    const ownFlags: Record<string, string | boolean> = {};
    for (const name of Object.keys(own)) {
      const value = found[name];
      if (typeof value === 'string' || typeof value === 'boolean') ownFlags[name] = value;
    }
    return { flags, own: ownFlags, positionals, wantsHelp: found.help === true };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
