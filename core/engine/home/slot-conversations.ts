/**
 * The conversations in memory by slot, so that a slot that is let go or fenced off forgets its own without a look at all others: a node that
 * gave up a thousand slots with 75,000 conversations stood still for seconds.
 *
 * Method: a list through the conversations themselves; a set a slot would take more memory than what it holds.
 */
import type { SlotState } from '../slot/slot-state.ts';
import type { ConversationState } from './conversation-state.ts';

export class SlotConversations {
  private readonly first = new Map<SlotState, ConversationState>();

  add(conversation: ConversationState): void {
    const next = this.first.get(conversation.slot) ?? null;
    conversation.nextInSlot = next;
    if (next !== null) next.previousInSlot = conversation;
    this.first.set(conversation.slot, conversation);
  }

  remove(conversation: ConversationState): void {
    const { slot, nextInSlot: next, previousInSlot: previous } = conversation;
    if (next !== null) next.previousInSlot = previous;
    if (previous !== null) previous.nextInSlot = next;
    else if (next !== null) this.first.set(slot, next);
    else this.first.delete(slot);
    conversation.nextInSlot = null;
    conversation.previousInSlot = null;
  }

  of(slot: SlotState): ConversationState[] {
    const found: ConversationState[] = [];
    for (let each = this.first.get(slot) ?? null; each !== null; each = each.nextInSlot) found.push(each);
    return found;
  }
}
