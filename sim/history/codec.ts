/**
 * Histories as text: one JSON object a line.
 *
 * Method: writing is JSON.stringify; reading checks every field that the checkers use, so that a foreign or damaged file is refused
 * with its line number and never misread. Unknown fields are kept, unknown operations are refused.
 */
import { type HistoryEntry, type HistoryOp, historyFormat } from './entry.ts';

/** One line, with its newline. */
export function encodeEntry(entry: HistoryEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** A line of a history that is not what the format says. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
  readonly line: number;
  constructor(line: number, why: string) {
    super(`history, line ${line}: ${why}`);
    this.line = line;
  }
}

/**
 * Reads one line. The first line of a file must be a `run` entry: `HistoryReader` sees to that.
 * @throws HistoryError
 */
export function decodeEntry(text: string, line: number): HistoryEntry {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HistoryError(line, 'no JSON');
  }
  if (typeof value !== 'object' || value === null) throw new HistoryError(line, 'no object');
  const entry = value as Record<string, unknown>;
  const op = entry.op;
  const shape = typeof op === 'string' && Object.hasOwn(shapes, op) ? shapes[op as HistoryOp] : undefined;
  if (shape === undefined) throw new HistoryError(line, `unknown op ${JSON.stringify(op)}`);
  const type = entry.type;
  const fields = typeof type === 'string' && Object.hasOwn(shape, type) ? shape[type] : undefined;
  if (fields === undefined) throw new HistoryError(line, `${String(op)} has no type ${JSON.stringify(type)}`);
  checkFields(entry, commonFields, line);
  checkFields(entry, fields, line);
  if (op === 'run' && entry.format !== historyFormat) throw new HistoryError(line, `format ${String(entry.format)} is not read here`);
  return entry as unknown as HistoryEntry;
}

/** Splits text that comes in pieces into lines and reads them. */
export class HistoryReader {
  #rest = '';
  #line = 0;

  /** @throws HistoryError */
  push(text: string, take: (entry: HistoryEntry) => void): void {
    const whole = this.#rest + text;
    let from = 0;
    for (let end = whole.indexOf('\n', from); end >= 0; end = whole.indexOf('\n', from)) {
      this.#take(whole.slice(from, end), take);
      from = end + 1;
    }
    this.#rest = whole.slice(from);
  }

  /** A last line without a newline (the writer was killed) is no entry: it is left out, and this returns its text. */
  end(): string {
    return this.#rest;
  }

  #take(text: string, take: (entry: HistoryEntry) => void): void {
    this.#line += 1;
    if (text === '') return;
    const entry = decodeEntry(text, this.#line);
    if (this.#line === 1 && entry.op !== 'run') throw new HistoryError(1, 'a history begins with a run entry');
    take(entry);
  }
}

type Kind = 'number' | 'string' | 'boolean';
type Fields = Readonly<Record<string, Kind>>;

const commonFields: Fields = { us: 'number', clock: 'number', process: 'string' };
const eventFields: Fields = {
  conversation: 'string',
  seq: 'number',
  messageNo: 'number',
  timestamp: 'number',
  author: 'number',
  senderId: 'string',
  clientSeq: 'number',
  sendId: 'string',
  kind: 'number',
  text: 'string',
  changed: 'boolean',
};
const watermarkFields: Fields = { conversation: 'string', member: 'number', delivered: 'number', read: 'number' };
const ackFields: Fields = { user: 'number', conversation: 'string', seq: 'number' };
const badgeFields: Fields = { user: 'number', conversation: 'string', lastSeq: 'number', read: 'number', unread: 'number' };
const sendFields: Fields = { conversation: 'string', message: 'string' };
const answerFields: Fields = { conversation: 'string', sendId: 'string' };

const shapes: Readonly<Record<HistoryOp, Readonly<Record<string, Fields>>>> = {
  run: { info: { format: 'number', errorUs: 'number' } },
  device: { info: { user: 'number', store: 'string', kept: 'string' } },
  cursor: { info: { conversation: 'string', seq: 'number' } },
  welcome: { info: { storeId: 'string' } },
  ended: { info: { code: 'string' } },
  gone: { info: {} },
  send: {
    invoke: { ...sendFields, user: 'number', kind: 'number', text: 'string', target: 'number' },
    ok: { ...sendFields, sendId: 'string', seq: 'number' },
    fail: { ...sendFields, code: 'string' },
    info: { ...sendFields, code: 'string' },
  },
  attempt: { info: { ...sendFields, user: 'number', senderId: 'string', clientSeq: 'number', sendId: 'string' } },
  answer: {
    ok: { ...answerFields, seq: 'number' },
    fail: { ...answerFields, code: 'string' },
    info: { ...answerFields, code: 'string' },
  },
  event: { ok: { ...eventFields, user: 'number' } },
  log: { ok: eventFields },
  reset: { info: { conversation: 'string', fromSeq: 'number' } },
  ack: { invoke: ackFields, ok: ackFields },
  read: { invoke: ackFields, ok: ackFields },
  receipt: { ok: watermarkFields },
  watermark: { ok: watermarkFields },
  undelivered: { ok: { user: 'number', conversation: 'string', seq: 'number' } },
  session: { info: { user: 'number', up: 'boolean' } },
  bookmark: { ok: { user: 'number', epoch: 'number', batch: 'number', storeId: 'string' } },
  entry: { ok: { user: 'number', conversation: 'string', lastSeq: 'number' } },
  inbox: { info: { ...badgeFields, epoch: 'number', batch: 'number' } },
  badge: { info: badgeFields },
  restore: { info: { conversation: 'string', head: 'number' } },
  readback: { info: {} },
  show: { info: { conversation: 'string' } },
  claim: { info: { slot: 'string', epoch: 'number' } },
  served: { info: { slot: 'string', what: 'string' } },
  fault: { info: { what: 'string' } },
  rest: { info: {} },
};

function checkFields(entry: Record<string, unknown>, fields: Fields, line: number): void {
  for (const name of Object.keys(fields)) {
    const value = entry[name];
    if (typeof value !== fields[name]) throw new HistoryError(line, `${name} is no ${fields[name]}`);
    if (fields[name] === 'number' && !Number.isSafeInteger(value)) throw new HistoryError(line, `${name} is no whole number`);
  }
}
