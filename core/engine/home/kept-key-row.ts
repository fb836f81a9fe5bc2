/** The row of an Idempotency-Key: which seq its first send got, for 7 days (DESIGN 4, "HTTP sends"). */
import { writeIdempotencyKey } from '../../model/keys.ts';
import type { RowBatch } from '../../model/row-batch.ts';
import { writeKeptKey } from '../../model/values.ts';
import { encodeUtf8 } from '../../protocol/utf8.ts';
import { Table } from '../../store/port.ts';
import type { OwnerContext } from '../owner-context.ts';
import type { RowSource } from '../slot/gather.ts';
import type { ConversationState } from './conversation-state.ts';

export class KeptKeyRow implements RowSource {
  gathered = 0;
  private readonly context: OwnerContext;
  private readonly conversation: ConversationState;
  private readonly user: number;
  private readonly keyText: string;
  private readonly seq: number;
  private readonly timestamp: number;

  constructor(context: OwnerContext, conversation: ConversationState, user: number, keyText: string, seq: number, timestamp: number) {
    this.context = context;
    this.conversation = conversation;
    this.user = user;
    this.keyText = keyText;
    this.seq = seq;
    this.timestamp = timestamp;
  }

  writeRow(_what: number, rows: RowBatch): void {
    const { key, value } = this.context;
    const { slot, a, b } = this.conversation;
    key.reset();
    writeIdempotencyKey(key, slot.partition, slot.slot, a, b, this.user, encodeUtf8(this.keyText));
    value.reset();
    writeKeptKey(value, { seq: this.seq, timestamp: this.timestamp });
    rows.put(Table.users, key.view(), value.view());
  }

  rowDurable(): void {
    const underWay = this.conversation.keysUnderWay;
    underWay?.delete(keyName(this.user, this.keyText));
    if (underWay?.size === 0) this.conversation.keysUnderWay = null;
  }
}

/** How a (user, key) is named in memory. */
export function keyName(user: number, keyText: string): string {
  return `${user} ${keyText}`;
}
