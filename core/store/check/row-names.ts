/** What a row is, in words: table and kind from its key, and the key itself for a message to a person. */
import { Part, Tag } from '../../model/keys.ts';
import { Table } from '../port.ts';
import { unitPrefixBytes } from '../write-rules.ts';

/** Where the part stands in the key of a conversation's row: behind the prefix, the tag and two ids. */
export const conversationPartAt = unitPrefixBytes + 1 + 16;

export function tableName(table: Table): string {
  return Object.entries(Table).find(([, number]) => number === table)?.[0] ?? String(table);
}

/** Kind of a row; one that this program does not know has its number in its name. */
export function kindOf(table: Table, key: Uint8Array): string {
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

/** "users row 000102…". */
export function rowName(table: Table, key: Uint8Array): string {
  return `${tableName(table)} row ${[...key].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
