// Goal: the table of options in OPERATIONS.md is always the one the node reads. Method: as with the checks: made here, between two marks,
// written by `npm run docs`, compared by a test.
import { readFileSync, writeFileSync } from 'node:fs';
import { options } from '../core/host/config.ts';

const begin = '<!-- options:begin -->';
const end = '<!-- options:end -->';

/** The page with today's options between the marks. */
export function withOptionsTable(page: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`OPERATIONS.md needs the lines ${begin} and ${end}`);
  const rows = Object.values(options).map(
    ({ variable, flag, fallback, help }) => `| \`${variable}\` | \`--${flag}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${help} |`,
  );
  const table = ['| variable | flag | default | what |', '|---|---|---|---|', ...rows].join('\n');
  return `${page.slice(0, from + begin.length)}\n${table}\n${page.slice(to)}`;
}

if (process.argv[1]?.endsWith('options-table.js') === true) {
  writeFileSync('OPERATIONS.md', withOptionsTable(readFileSync('OPERATIONS.md', 'utf8')));
}
