/**
 * Keeps the tables of PROTOCOL.md equal to the schema: `npm run docs:protocol` writes them, a test compares.
 *
 * Method: each table stands between `<!-- name:begin -->` and `<!-- name:end -->`; everything outside is written by hand.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { defaultLimits, type Limits } from '../core/protocol/limits.ts';
import { errorCodes, type Field, type FrameDefinition, frames, structs } from '../core/protocol/schema.ts';
import { examples } from './protocol-examples.ts';

const page = 'PROTOCOL.md';

/** The page with today's tables. */
export function withProtocolTables(text: string): string {
  let result = text;
  for (const [name, table] of tables()) result = replaceBetween(result, name, table);
  return result;
}

function tables(): ReadonlyMap<string, string> {
  return new Map([
    ['client-frames', frameTables('client')],
    ['server-frames', frameTables('server')],
    ['link-frames', frameTables('link')],
    ['structs', structTables()],
    ['codes', codeTable()],
    ['limits', limitTable()],
    ['examples', examples()],
  ]);
}

function replaceBetween(text: string, name: string, table: string): string {
  const begin = `<!-- ${name}:begin -->`;
  const end = `<!-- ${name}:end -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${page} needs the lines ${begin} and ${end}`);
  return `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`;
}

function frameTables(from: FrameDefinition['from']): string {
  const own = frames.filter((frame) => frame.from === from);
  return own
    .map((frame) => [`#### \`${frame.name}\` (type ${frame.type})`, '', frame.doc, '', ...fieldTable(frame.fields)].join('\n').trimEnd())
    .join('\n\n');
}

function structTables(): string {
  return Object.entries(structs)
    .map(([name, fields]) => [`#### ${name}`, '', ...fieldTable(fields)].join('\n'))
    .join('\n\n');
}

function fieldTable(fields: readonly Field[]): string[] {
  if (fields.length === 0) return ['No fields.'];
  return ['| field | type | meaning |', '|---|---|---|', ...fields.map(fieldRow)];
}

function fieldRow(field: Field): string {
  const optional = field.tag === undefined ? '' : ` (optional, tag ${field.tag})`;
  return `| \`${field.name}\` | ${typeText(field)}${optional} | ${field.doc} |`;
}

function typeText(field: Field): string {
  const { type } = field;
  if (typeof type === 'object') {
    if ('struct' in type) return `fields of [${type.struct}](#${type.struct.toLowerCase()})`;
    return `list of [${type.list}](#${type.list.toLowerCase()}), ≤ ${maxOf(field)} items`;
  }
  if (type === 'id53' && field.zero === true) return 'id53 or 0';
  return field.max === undefined ? type : `${type}, ≤ ${maxOf(field)} bytes`;
}

function maxOf(field: Field): string {
  const value = defaultLimits[field.max as keyof Limits];
  if (value === undefined) throw new Error(`field ${field.name} names no limit: ${field.max}`);
  return value.toLocaleString('en-US');
}

function codeTable(): string {
  const rows = errorCodes.map((code) => `| ${code.number} | \`${code.name}\` | ${'close' in code ? code.close : ''} | ${code.doc} |`);
  return ['| number | name | WebSocket close code | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

/** Limits that a client meets, with what they mean to it. */
const shownLimits: readonly (readonly [keyof Limits, string])[] = [
  ['frameBytesMax', 'longest frame a client may send; a longer one closes the connection with `frameTooLarge`'],
  ['linkFrameBytesMax', 'longest frame a server sends'],
  ['bodyBytesMax', 'longest body; `welcome` tells it; a longer one is answered with `refused{tooLarge}`'],
  ['windowSends', 'W: a sender sends number n only when every number ≤ n − W has its outcome'],
  ['helloMs', 'a connection without `hello` for so long is closed with `helloTimeout`'],
  ['tokenGraceMs', 'so long after its token ended a connection is closed with `tokenExpired`'],
  ['pingMs', 'send a `ping` when nothing was sent for so long; `welcome` tells it'],
  ['idleMs', 'a connection from which nothing came for so long is closed with `idle`'],
  ['laggingMaxMs', 'a device that takes nothing for so long is closed with `slow`'],
  ['connectionFramesPerSecond', 'frames a second of one connection, in the long run'],
  ['connectionFramesBurst', 'frames of one connection at once'],
  ['userSendsPerSecond', 'sends a second of one user, in the long run; above: `retry{busy}`'],
  ['userSendsBurst', 'sends of one user at once'],
  ['sessionsPerUserMax', 'sessions of one user'],
  ['pollWaitMs', 'a poll is answered within this'],
  ['pollSessionMs', 'a poll sequence of which nothing is asked for so long ends'],
  ['pollAnswerBytesMax', 'longest answer of a poll'],
  ['idempotencyKeepMs', 'an Idempotency-Key is remembered so long'],
  ['ackRepeatMs', 'client: repeat what is not confirmed (ack, read) after this'],
  ['sendRepeatMs', 'client: send again what is not answered after this'],
  ['requestMs', 'client: a request without an answer for so long is given up or repeated'],
  ['reconnectBaseMs', 'client: first pause before it connects again'],
  ['reconnectMaxMs', 'client: longest pause'],
  ['typingRepeatMs', 'client: repeat `typing` at most so often'],
  ['typingShownMs', 'client: show `typingNotice` so long'],
];

function limitTable(): string {
  const rows = shownLimits.map(([name, meaning]) => `| \`${name}\` | ${defaultLimits[name].toLocaleString('en-US')} | ${meaning} |`);
  return ['| limit | default | meaning |', '|---|---|---|', ...rows].join('\n');
}

if (process.argv[1]?.endsWith('protocol-tables.js') === true) {
  writeFileSync(page, withProtocolTables(readFileSync(page, 'utf8')));
}
