/** An event row that an edit or deletion rewrites in its own batch, so that a late reader never sees the old text (DESIGN 4). */
import { writeEventKey } from '../../model/keys.ts';
import type { RowBatch } from '../../model/row-batch.ts';
import { writeEventValue } from '../../model/values.ts';
import type { EventStruct } from '../../protocol/generated/structs.ts';
import { Table } from '../../store/port.ts';
import type { OwnerContext } from '../owner-context.ts';
import type { RowSource } from '../slot/gather.ts';
import type { ConversationState } from './conversation-state.ts';

export class Rewrite implements RowSource {
  gathered = 0;
  /** The row as it will stand. */
  event: EventStruct;
  private readonly context: OwnerContext;
  private readonly conversation: ConversationState;

  constructor(context: OwnerContext, conversation: ConversationState, event: EventStruct) {
    this.context = context;
    this.conversation = conversation;
    this.event = event;
  }

  writeRow(_what: number, rows: RowBatch): void {
    const { key, value } = this.context;
    const { slot, a, b } = this.conversation;
    key.reset();
    writeEventKey(key, slot.partition, slot.slot, a, b, this.event.seq);
    value.reset();
    writeEventValue(value, this.event);
    rows.put(Table.users, key.view(), value.view());
  }

  rowDurable(): void {
    if (this.gathered !== 0) return;
    const { conversation } = this;
    conversation.rewrites?.delete(this.event.seq);
    if (conversation.rewrites?.size === 0) conversation.rewrites = null;
    conversation.target = null;
    conversation.rewritten += 1;
  }
}
