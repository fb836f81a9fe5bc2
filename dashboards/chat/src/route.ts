// Goal: which conversation is open stands in the address, so that reload and the phone's back button work. Method: `#3-7`.

const conversationPattern = /^\d+-\d+$/;

/** '' for the list alone. */
export function routedConversation(): string {
  const id = location.hash.slice(1);
  return conversationPattern.test(id) ? id : '';
}

export function routeTo(conversation: string): void {
  if (conversation === routedConversation()) return;
  if (conversation === '') history.pushState(null, '', location.pathname + location.search);
  else location.hash = conversation;
  // pushState tells nobody.
  if (conversation === '') window.dispatchEvent(new HashChangeEvent('hashchange'));
}
