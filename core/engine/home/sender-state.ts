/** One sender's outcomes in memory, and the row that keeps them (DESIGN 4, step 3). */
import { writeSenderKey } from '../../model/keys.ts';
import type { RowBatch } from '../../model/row-batch.ts';
import type { SenderOutcomes } from '../../model/sender-outcomes.ts';
import { writeSender } from '../../model/values.ts';
import { Table } from '../../store/port.ts';
import type { OwnerContext } from '../owner-context.ts';
import type { RowSource } from '../slot/gather.ts';
import type { ConversationState } from './conversation-state.ts';

export class SenderState implements RowSource {
  readonly user: number;
  readonly idHigh: number;
  readonly idLow: number;
  readonly outcomes: SenderOutcomes;
  gathered = 0;
  /** Outcomes up to this clientSeq are durable: only they may be told. */
  durableLast: number;
  private writtenLast: number;
  private readonly context: OwnerContext;
  private readonly conversation: ConversationState;

  constructor(
    context: OwnerContext,
    conversation: ConversationState,
    user: number,
    idHigh: number,
    idLow: number,
    outcomes: SenderOutcomes,
  ) {
    this.context = context;
    this.conversation = conversation;
    this.user = user;
    this.idHigh = idHigh;
    this.idLow = idLow;
    this.outcomes = outcomes;
    this.durableLast = outcomes.last;
    this.writtenLast = outcomes.last;
  }

  get clean(): boolean {
    return this.gathered === 0 && this.durableLast === this.outcomes.last;
  }

  writeRow(_what: number, rows: RowBatch): void {
    const { key, value } = this.context;
    const { slot, a, b } = this.conversation;
    key.reset();
    writeSenderKey(key, slot.partition, slot.slot, a, b, this.user, this.idHigh, this.idLow);
    value.reset();
    writeSender(value, this.outcomes);
    rows.put(Table.users, key.view(), value.view());
    this.writtenLast = this.outcomes.last;
  }

  rowDurable(): void {
    this.durableLast = this.writtenLast;
  }
}
