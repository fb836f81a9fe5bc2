/**
 * Looks at every row of a store in key order and says what is wrong and where the space goes.
 *
 * Method: one pass, a few numbers of state: the unit and the conversation the walk is in. Keys put a conversation's head before its
 * watermarks, and its events newest first, so a hole in seq shows at the next row.
 */
import { Part, readKeyId, Tag } from '../../model/keys.ts';
import { readFence, readHead, readObligation, readWatermark, StoredValueError, valueVersion } from '../../model/values.ts';
import { type Row, Table } from '../port.ts';
import { unitPrefixBytes } from '../write-rules.ts';

export interface SpaceLine {
  rows: number;
  keyBytes: number;
  valueBytes: number;
}

/** `users/event` and so on → rows and bytes. */
export type Space = Map<string, SpaceLine>;

const problemsMax = 100;
const conversationPartAt = unitPrefixBytes + 1 + 16;

export class Audit {
  readonly space: Space = new Map();
  readonly problems: string[] = [];
  problemCount = 0;
  conversations = 0;
  #unit = '';
  #conversation = '';
  #lastSeq = 0;
  /** Seq that the next event row must have; 0: all were seen. */
  #nextSeq = 0;

  /** Rows of a table must come in key order. */
  row(table: Table, row: Row): void {
    const kind = kindOf(table, row.key);
    this.#count(`${tableName(table)}/${kind}`, row);
    if (table === Table.cluster) return;
    if (row.value[0] !== valueVersion) {
      this.#problem(table, row, `value of version ${row.value[0] ?? 'none'}; this program knows ${valueVersion}`);
      return;
    }
    try {
      this.#judge(table, kind, row);
    } catch (error) {
      if (!(error instanceof StoredValueError)) throw error;
      this.#problem(table, row, error.message);
    }
  }

  /** The table has no more rows. */
  endTable(): void {
    this.#endConversation();
    this.#unit = '';
    this.#conversation = '';
  }

  #judge(table: Table, kind: string, row: Row): void {
    const unit = row.key.subarray(0, unitPrefixBytes).join('.');
    if (unit !== this.#unit) {
      this.#endConversation();
      this.#unit = unit;
      this.#conversation = '';
      // The fence has the lowest tag: every unit's rows begin with it.
      if (kind !== 'fence') this.#problem(table, row, 'unit without a fence row');
    }
    if (kind === 'fence') {
      const fence = readFence(row.value);
      if (fence.epoch < 2) this.#problem(table, row, `fence of epoch ${fence.epoch}; epochs begin with 2`);
    } else if (kind === 'obligation') readObligation(row.value);
    if (row.key[unitPrefixBytes] === Tag.conversation && table === Table.users) this.#judgeConversation(table, kind, row);
  }

  #judgeConversation(table: Table, kind: string, row: Row): void {
    const conversation = row.key.subarray(0, conversationPartAt).join('.');
    if (conversation !== this.#conversation) {
      this.#endConversation();
      this.#conversation = conversation;
      this.conversations += 1;
      this.#lastSeq = kind === 'head' ? readHead(row.value).lastSeq : 0;
      this.#nextSeq = this.#lastSeq;
      if (kind !== 'head') this.#problem(table, row, 'conversation without a head');
    }
    if (kind === 'watermark') {
      const { delivered, read } = readWatermark(row.value);
      if (Math.max(delivered, read) > this.#lastSeq)
        this.#problem(table, row, `watermark ${delivered}/${read} above the head's ${this.#lastSeq}`);
    }
    if (kind !== 'event') return;
    const seq = seqOf(row.key);
    if (seq !== this.#nextSeq) this.#problem(table, row, `event ${seq} where ${this.#nextSeq} must be (head says ${this.#lastSeq})`);
    this.#nextSeq = seq - 1;
  }

  #endConversation(): void {
    if (this.#conversation !== '' && this.#nextSeq > 0)
      this.#note(`conversation ${this.#conversation}: events 1 to ${this.#nextSeq} are missing`);
    this.#nextSeq = 0;
  }

  #count(name: string, row: Row): void {
    const line = this.space.get(name) ?? { rows: 0, keyBytes: 0, valueBytes: 0 };
    line.rows += 1;
    line.keyBytes += row.key.length;
    line.valueBytes += row.value.length;
    this.space.set(name, line);
  }

  #problem(table: Table, row: Row, what: string): void {
    this.#note(`${tableName(table)} row ${[...row.key].map((byte) => byte.toString(16).padStart(2, '0')).join('')}: ${what}`);
  }

  #note(what: string): void {
    this.problemCount += 1;
    if (this.problems.length < problemsMax) this.problems.push(what);
  }
}

function tableName(table: Table): string {
  return Object.entries(Table).find(([, number]) => number === table)?.[0] ?? String(table);
}

function kindOf(table: Table, key: Uint8Array): string {
  if (table === Table.cluster) return 'row';
  const tag = key[unitPrefixBytes];
  if (tag === Tag.fence) return 'fence';
  if (table === Table.names) return tag === Tag.name ? 'name' : `tag ${tag}`;
  switch (tag) {
    case Tag.obligation:
      return 'obligation';
    case Tag.recentChanges:
      return 'recent changes';
    case Tag.account:
      return 'account';
    case Tag.inbox:
      return 'inbox';
    case Tag.conversation:
      return Object.entries(Part).find(([, part]) => part === key[conversationPartAt])?.[0] ?? `part ${key[conversationPartAt]}`;
    default:
      return `tag ${tag}`;
  }
}

/** Events are keyed by the complement of seq. */
function seqOf(key: Uint8Array): number {
  return readKeyId(
    key.slice(conversationPartAt + 1).map((byte) => ~byte),
    0,
  );
}
