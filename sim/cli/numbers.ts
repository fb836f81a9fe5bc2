/** Options that are counts, for the small commands that take nothing else. */

/** The whole number above 0 that follows `name`. */
export function numberAfter(options: readonly string[], name: string, otherwise: number): number {
  const at = options.indexOf(name);
  const value = at < 0 ? otherwise : Number(options[at + 1]);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} takes a whole number above 0`);
  return value;
}
