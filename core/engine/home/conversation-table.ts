/**
 * The conversations in memory, each under a number: in use as an object, or at rest as bytes.
 *
 * Method: columns beside the numbers of an index of pairs. Only a clean conversation rests, so its bytes are what its rows say; it wakes at its
 * next use as an object that differs in nothing from the one that was packed.
 */
import { ByteCells } from '../../model/byte-cells.ts';
import { IntColumn } from '../../model/columns.ts';
import { PairIndex } from '../../model/pair-index.ts';
import { FrameReader } from '../../protocol/reader.ts';
import { InUse } from '../in-use.ts';
import type { OwnerContext } from '../owner-context.ts';
import { readResting, writeResting } from './conversation-rest.ts';
import type { ConversationState } from './conversation-state.ts';

export class ConversationTable {
  private readonly context: OwnerContext;
  private readonly index = new PairIndex();
  /** By number; null: it rests, or the number is free. */
  private readonly states: (ConversationState | null)[] = [];
  /** Where it rests. */
  private readonly cells = new IntColumn();
  private readonly resting = new ByteCells();
  private readonly reader = new FrameReader();
  private readonly inUse: InUse<ConversationState>;
  private readonly make: (number: number, a: number, b: number) => ConversationState;
  private readonly beforeRest: (conversation: ConversationState) => void;

  /**
   * @param make the object of a conversation that wakes
   * @param beforeRest its object is about to go
   */
  constructor(
    context: OwnerContext,
    make: (number: number, a: number, b: number) => ConversationState,
    beforeRest: (conversation: ConversationState) => void,
  ) {
    this.context = context;
    this.make = make;
    this.beforeRest = beforeRest;
    this.inUse = new InUse(context.limits.conversationsInUseMax, (conversation) => this.rest(conversation));
  }

  /** In use or at rest. */
  get size(): number {
    return this.index.size;
  }

  has(a: number, b: number): boolean {
    return this.index.find(a, b) >= 0;
  }

  /** The conversation; it wakes if it rests. */
  get(a: number, b: number): ConversationState | undefined {
    const number = this.index.find(a, b);
    return number < 0 ? undefined : this.stateOf(number);
  }

  stateOf(number: number): ConversationState {
    return this.states[number] ?? this.wake(number);
  }

  /** null: it rests. */
  inUseAt(number: number): ConversationState | null {
    return this.states[number];
  }

  a(number: number): number {
    return this.index.a(number);
  }

  b(number: number): number {
    return this.index.b(number);
  }

  numbers(): number[] {
    return this.index.numbers();
  }

  /** A number for a conversation that is to be loaded; its object follows with `put`. */
  add(a: number, b: number): number {
    return this.index.add(a, b);
  }

  put(conversation: ConversationState): void {
    this.states[conversation.number] = conversation;
    this.inUse.add(conversation);
  }

  delete(number: number): void {
    if (this.states[number] === null) this.resting.free(this.cells.get(number));
    this.states[number] = null;
    this.index.delete(number);
  }

  /** The next number of a clock hand that goes round and round; -1: an empty place. */
  advanceHand(): number {
    return this.index.advanceHand();
  }

  /** End of a step: lets some rest. */
  trim(): void {
    this.inUse.trim();
  }

  private rest(conversation: ConversationState): boolean {
    const { value } = this.context;
    value.reset();
    writeResting(value, conversation);
    const cell = this.resting.put(value.bytes, 0, value.length);
    if (cell < 0) return false;
    this.beforeRest(conversation);
    this.cells.set(conversation.number, cell);
    this.states[conversation.number] = null;
    this.context.counters.conversationsRested += 1;
    return true;
  }

  private wake(number: number): ConversationState {
    const cell = this.cells.get(number);
    const conversation = this.make(number, this.index.a(number), this.index.b(number));
    this.resting.open(cell, this.reader);
    readResting(this.reader, conversation, this.context);
    this.resting.free(cell);
    this.put(conversation);
    this.context.counters.conversationsWoken += 1;
    return conversation;
  }
}
