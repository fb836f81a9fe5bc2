// Goal: the README's table of checking commands is always the list in checks.ts. Method: the table is made here, between two marks;
// `npm run docs` writes it, and a test compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { type Check, checks, ciMinutesMax } from './checks.ts';

const begin = '<!-- checks:begin -->';
const end = '<!-- checks:end -->';

/** The README with the table of today's checks between the marks. */
export function withChecksTable(readme: string): string {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md needs the lines ${begin} and ${end}`);
  return `${readme.slice(0, from + begin.length)}\n${checksTable(checks)}\n${readme.slice(to)}`;
}

function checksTable(list: readonly Check[]): string {
  const shown = list.filter((check) => check.enabled);
  const ciMinutes = shown.reduce((sum, check) => sum + check.ciMinutes, 0);
  const fullMinutes = shown.reduce((sum, check) => sum + check.fullMinutes, 0);
  return [
    '| command | what it shows | CI | full | minutes (CI / full) |',
    '|---|---|---|---|---|',
    ...shown.map(row),
    `| all of them: \`npm run check:ci\`, \`npm run check:full\` | CI takes ≤ ${ciMinutesMax} minutes | | | ${round(ciMinutes)} / ${round(fullMinutes)} |`,
  ].join('\n');
}

function row(check: Check): string {
  const command =
    check.name === 'npm test' ? 'npm test' : check.command.replace('--silent ', '').replace('--no-install ', '').replace('{count}', 'N');
  const count = (value: number | undefined): string => (value === undefined ? '' : `${value.toLocaleString('en-US')} ${check.unit ?? ''}`);
  const inCi = check.onlyInFull === true ? 'not in CI' : count(check.ciCount);
  return `| \`${command}\` | ${check.shows} | ${inCi} | ${count(check.fullCount)} | ${check.ciMinutes} / ${check.fullMinutes} |`;
}

function round(minutes: number): string {
  return String(Math.round(minutes * 10) / 10);
}

if (process.argv[1]?.endsWith('checks-table.js') === true) {
  writeFileSync('README.md', withChecksTable(readFileSync('README.md', 'utf8')));
}
