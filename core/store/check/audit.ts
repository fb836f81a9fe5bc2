/**
 * Looks at every row of a store in key order and says what is wrong and where the space goes.
 *
 * Method: one pass, a few numbers of state: the unit and the conversation the walk is in. A unit's fence has the lowest key: what
 * its rows say of batches is judged by it.
 */
import { Tag } from '../../model/keys.ts';
import {
  type Fence,
  readAccount,
  readEntryValue,
  readFence,
  readObligation,
  readUserOfName,
  StoredValueError,
  valueVersion,
} from '../../model/values.ts';
import { newEntryStruct } from '../../protocol/generated/structs.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { type Row, Table } from '../port.ts';
import { unitPrefixBytes } from '../write-rules.ts';
import { ConversationAudit } from './conversation-audit.ts';
import { conversationPartAt, kindOf, rowName, tableName } from './row-names.ts';

export interface SpaceLine {
  rows: number;
  keyBytes: number;
  valueBytes: number;
}

/** `users/event` and so on → rows and bytes. */
export type Space = Map<string, SpaceLine>;

const problemsMax = 100;

export class Audit {
  readonly space: Space = new Map();
  /** The first of them; `problemCount` counts all. */
  readonly problems: string[] = [];
  problemCount = 0;
  rows = 0;
  conversations = 0;
  readonly #entry = newEntryStruct();
  #unit = '';
  #fence: Fence | null = null;
  #conversationName = '';
  #conversation: ConversationAudit | null = null;

  /** Rows of a table must come in key order. */
  row(table: Table, row: Row): void {
    const kind = kindOf(table, row.key);
    this.rows += 1;
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
    this.#fence = null;
  }

  #judge(table: Table, kind: string, row: Row): void {
    const unit = row.key.subarray(0, unitPrefixBytes).join('.');
    if (unit !== this.#unit) {
      this.#endConversation();
      this.#unit = unit;
      this.#fence = null;
      // The fence has the lowest tag: every unit's rows begin with it.
      if (kind !== 'fence') this.#problem(table, row, 'unit without a fence row');
    }
    if (row.key[unitPrefixBytes] === Tag.conversation && table === Table.users) {
      this.#judgeConversation(table, kind, row);
      return;
    }
    switch (kind) {
      case 'fence':
        this.#fence = readFence(row.value);
        if (this.#fence.epoch < 2) this.#problem(table, row, `fence of epoch ${this.#fence.epoch}; epochs begin with 2`);
        return;
      case 'obligation':
        readObligation(row.value);
        return;
      case 'account':
        readAccount(row.value, defaultLimits.nameBytesMax);
        return;
      case 'name':
        readUserOfName(row.value);
        return;
      case 'inbox':
        this.#judgeEntry(table, row);
        return;
      default:
        if (table === Table.users && kind.startsWith('tag')) this.#problem(table, row, 'a kind of row that this program does not know');
    }
  }

  #judgeEntry(table: Table, row: Row): void {
    const entry = this.#entry;
    readEntryValue(row.value, entry);
    if (entry.readSeq > entry.lastSeq)
      this.#problem(table, row, `inbox entry read up to ${entry.readSeq}, above its last seq ${entry.lastSeq}`);
    const fence = this.#fence;
    if (fence === null || entry.epoch < fence.epoch || (entry.epoch === fence.epoch && entry.batch <= fence.batch)) return;
    this.#problem(table, row, `inbox entry of batch ${entry.epoch}/${entry.batch}, after the fence's ${fence.epoch}/${fence.batch}`);
  }

  #judgeConversation(table: Table, kind: string, row: Row): void {
    const name = row.key.subarray(0, conversationPartAt).join('.');
    if (name !== this.#conversationName || this.#conversation === null) {
      if (name !== this.#conversationName) this.conversations += 1;
      this.#endConversation();
      this.#conversationName = name;
      this.#conversation = new ConversationAudit(name, kind, row);
      if (!this.#conversation.hasHead) this.#problem(table, row, 'conversation without a head');
    }
    if (kind.startsWith('part')) this.#problem(table, row, 'a kind of row that this program does not know');
    const problem = this.#conversation.judge(kind, row);
    if (problem !== '') this.#problem(table, row, problem);
  }

  #endConversation(): void {
    const problem = this.#conversation?.end() ?? '';
    if (problem !== '') this.#note(problem);
    this.#conversation = null;
    this.#conversationName = '';
  }

  #count(name: string, row: Row): void {
    const line = this.space.get(name) ?? { rows: 0, keyBytes: 0, valueBytes: 0 };
    line.rows += 1;
    line.keyBytes += row.key.length;
    line.valueBytes += row.value.length;
    this.space.set(name, line);
  }

  #problem(table: Table, row: Row, what: string): void {
    this.#note(`${rowName(table, row.key)}: ${what}`);
  }

  #note(what: string): void {
    this.problemCount += 1;
    if (this.problems.length < problemsMax) this.problems.push(what);
  }
}
