// Goal: what was typed and not sent outlives a change of conversation and a reload. Method: sessionStorage, one entry a conversation.

const prefix = 'parley-draft ';

export function draftOf(conversation: string): string {
  return sessionStorage.getItem(prefix + conversation) ?? '';
}

export function keepDraft(conversation: string, text: string): void {
  if (text === '') sessionStorage.removeItem(prefix + conversation);
  else sessionStorage.setItem(prefix + conversation, text);
}
