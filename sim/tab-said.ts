/** What a tab said in this life, by conversation: up to where it has it, and read it. It goes on saying so until it is confirmed. */
import type { Said } from './recorder.ts';

export class TabSaid {
  readonly acked = new Map<string, number>();
  readonly read = new Map<string, number>();

  note({ op, conversation, seq }: Said): void {
    (op === 'ack' ? this.acked : this.read).set(conversation, seq);
  }

  /** It begins a conversation (`*`: all) anew. */
  forget(conversation: string): void {
    for (const said of [this.acked, this.read]) {
      if (conversation === '*') said.clear();
      else said.delete(conversation);
    }
  }
}
