// Goal: one line of the list of conversations: who, the last message, when, how many are unread.
import type { ConversationSummary, Message } from '../../../core/client/api.ts';
import { avatar } from './avatar.ts';
import { element, listen } from './dom.ts';
import { icon } from './icons.ts';
import type { Row } from './keyed-list.ts';
import { oneLine } from './text.ts';
import { ticks } from './ticks.ts';
import { listTime } from './time.ts';

export interface ListedConversation {
  readonly summary: ConversationSummary;
  readonly isSelf: boolean;
  readonly selected: boolean;
  /** Times are said relative to this day. */
  readonly today: string;
}

export function sameListed(one: ListedConversation, other: ListedConversation): boolean {
  return one.summary === other.summary && one.selected === other.selected && one.today === other.today;
}

export function conversationRow(open: (id: string) => void): Row<ListedConversation> {
  const button = element('button', { type: 'button', class: 'conversation', tabindex: -1 });
  const node = element('li', {}, button);
  let id = '';
  listen(button, { click: () => open(id) });
  return {
    node,
    update(item) {
      const { summary, isSelf, selected } = item;
      id = summary.id;
      node.dataset.id = id;
      const name = isSelf ? 'Notes to self' : summary.name === '' ? '…' : summary.name;
      button.classList.toggle('unread', summary.unread > 0);
      if (selected) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
      button.replaceChildren(
        avatar(summary.peer, name, isSelf),
        element('span', { class: 'conversation-name' }, name),
        element('time', { class: 'conversation-time' }, summary.lastMessage === null ? '' : listTime(summary.lastTimestamp, Date.now())),
        preview(summary, isSelf),
        unreadBadge(summary.unread),
      );
    },
  };
}

function preview(summary: ConversationSummary, isSelf: boolean): HTMLElement {
  if (summary.typing) return element('span', { class: 'conversation-preview typing-now' }, 'typing…');
  if (summary.blocked) return element('span', { class: 'conversation-preview' }, icon('block'), element('span', {}, 'Blocked'));
  const { lastMessage } = summary;
  if (lastMessage === null) return element('span', { class: 'conversation-preview' });
  const words = lastMessage.deleted ? element('em', {}, 'Message deleted') : element('span', { dir: 'auto' }, oneLine(lastMessage.text));
  return element('span', { class: 'conversation-preview' }, tickOf(lastMessage, isSelf), words);
}

function tickOf(message: Message, isSelf: boolean): HTMLElement | null {
  return message.deleted ? null : ticks(message.state, isSelf);
}

function unreadBadge(unread: number): HTMLElement {
  if (unread === 0) return element('span', { class: 'badge' });
  return element('span', { class: 'badge', 'aria-label': `${unread} unread` }, unread > 99 ? '99+' : String(unread));
}
