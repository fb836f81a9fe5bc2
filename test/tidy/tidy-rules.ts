// Goal: the rules of the tidy test as plain functions over text, so that the test can show that each sees what it forbids.

export const linesMax = 350;
/** The formatter wraps code at 140; strings and comments, which it leaves alone, may be a little longer. */
const lineLengthMax = 160;

/** Lines of a text, a final newline not counted as one. */
export function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** Numbers of the lines that are too long; imports and lines with an address cannot be broken and are left out. */
export function longLines(text: string): number[] {
  return text
    .split('\n')
    .flatMap((line, index) => (line.length > lineLengthMax && !/^\s*(?:import|export) |https?:\/\//.test(line) ? [index + 1] : []));
}

/** key-range.ts, key-range.sim.test.ts */
export function isKebabCase(name: string): boolean {
  return /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/.test(name);
}

/** Whether the first line, after a `#!` line, is a comment. */
export function opensWithComment(text: string): boolean {
  return /^\s*(?:\/\/|\/\*)/.test(text.replace(/^#!.*\n/, ''));
}

/** Marks of unfinished work and escapes from the type checker; the words are spelled in two halves so that this file passes. */
export function marks(text: string): string[] {
  const words = new RegExp(`\\b(?:TO${'DO'}|FIX${'ME'}|XX${'X'}|HA${'CK'})\\b`, 'g');
  const escapes = new RegExp(`(?::|\\bas|<) ?an${'y'}\\b|@ts-(?:igno${'re'}|noche${'ck'})`, 'g');
  const unrun = /\b(?:it|test|describe)\.(?:only|skip|todo|fails)\b/g;
  return [words, escapes, unrun].flatMap((pattern) => text.match(pattern) ?? []);
}

/** Paths that exist on one machine only. */
export function localPaths(text: string): string[] {
  return text.match(/(?<![\w.])\/(?:work\/(?:main|shared)|root|home\/[a-z]\w*|Users\/\w+|tmp\/(?:brief|bash_jobs))\b\/?/g) ?? [];
}
