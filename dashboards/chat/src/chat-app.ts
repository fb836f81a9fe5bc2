// Goal: the page of somebody who is logged in: list at the left, conversation at the right; on a phone one of the two. Method: the address
// says which conversation is open; events of the client library redraw the parts they concern.
import type { Parley, User } from '../../../core/client/api.ts';
import type { ParleyError } from '../../../core/client/errors.ts';
import { announcer } from './announcer.ts';
import { ChatView } from './chat-view.ts';
import type { ConnectionBanner } from './connection-banner.ts';
import { ConversationList } from './conversation-list.ts';
import { element } from './dom.ts';
import { logo } from './icons.ts';
import { routedConversation, routeTo } from './route.ts';
import { oneLine } from './text.ts';
import { toasts } from './toast.ts';

export class ChatApp {
  readonly node = element('div', { class: 'app' });
  private readonly parley: Parley;
  private readonly me: User;
  private readonly logOut: () => void;
  private readonly banner: ConnectionBanner;
  private readonly list: ConversationList;
  private readonly stage = element('main', { class: 'stage' });
  private readonly announcer = announcer();
  private readonly toasts = toasts();
  private chat: ChatView | null = null;
  private opened = '';
  private readonly ending = new AbortController();

  constructor(parley: Parley, me: User, banner: ConnectionBanner, logOut: () => void) {
    this.parley = parley;
    this.me = me;
    this.banner = banner;
    this.logOut = logOut;
    this.list = new ConversationList({
      me,
      open: (conversation) => routeTo(typeof conversation === 'string' ? conversation : parley.conversation(conversation).id),
      findUser: (name) => parley.findUser(name),
      logOut: () => this.end(),
    });
    const panes = element('div', { class: 'panes' }, this.list.node, this.stage);
    this.node.append(this.banner.node, panes, this.announcer.node, this.toasts.node);
    this.listen();
    this.list.showPolling(parley.transport === 'poll');
    this.openRouted();
  }

  private listen(): void {
    const { parley } = this;
    const { signal } = this.ending;
    parley.on('conversations', () => this.renderList());
    parley.on('state', ({ state }) => {
      if (state !== 'online') return;
      this.list.showPolling(parley.transport === 'poll');
      this.chat?.refresh();
    });
    parley.on('error', (error) => this.trouble(error));
    parley.on('message', ({ conversation, message }) => {
      if (message.mine || message.deleted) return;
      this.announcer.say(`${conversation.summary.name || 'Someone'}: ${oneLine(message.text)}`);
    });
    window.addEventListener('hashchange', () => this.openRouted(), { signal });
    window.addEventListener('focus', () => this.chat?.refresh(), { signal });
    document.addEventListener('visibilitychange', () => this.chat?.refresh(), { signal });
    document.addEventListener('keydown', (event) => this.onKey(event), { signal });
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== 'k' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (matchMedia('(max-width: 720px)').matches) routeTo('');
    this.list.focusSearch();
  }

  private openRouted(): void {
    const id = routedConversation();
    if (id === this.opened && this.chat !== null) return;
    const before = this.opened;
    this.chat?.dispose();
    this.chat = null;
    this.opened = this.mayOpen(id) ? id : '';
    this.node.classList.toggle('in-chat', this.opened !== '');
    this.renderList();
    if (this.opened === '') {
      this.stage.replaceChildren(nothingOpen());
      if (before !== '') this.list.focusRow(before);
      return;
    }
    const conversation = this.parley.conversation(this.opened);
    this.chat = new ChatView({
      conversation,
      isSelf: conversation.peer === this.me.id,
      bodyBytesMax: () => this.parley.bodyBytesMax,
      back: () => routeTo(''),
      problem: (error) => this.problem(error),
    });
    this.stage.replaceChildren(this.chat.node);
    if (!matchMedia('(pointer: coarse)').matches) this.chat.focus();
  }

  /** An address that was copied from someone else names a conversation this user is no member of. */
  private mayOpen(id: string): boolean {
    return id.split('-').map(Number).includes(this.me.id);
  }

  private renderList(): void {
    const conversations = this.parley.conversations();
    this.list.render(conversations, this.opened);
    const unread = conversations.reduce((sum, { unread }) => sum + unread, 0);
    document.title = unread > 0 ? `(${unread}) Parley · ${this.me.name}` : `Parley · ${this.me.name}`;
  }

  private problem(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.toasts.show(`That did not work: ${text}.`);
  }

  /** What passes by itself stands in the banner already. */
  private trouble(error: ParleyError): void {
    if (!error.retry || error.code === 'storeFailed') this.problem(error);
  }

  private end(): void {
    this.ending.abort();
    this.chat?.dispose();
    routeTo('');
    this.logOut();
  }
}

function nothingOpen(): HTMLElement {
  return element(
    'div',
    { class: 'nothing-open' },
    logo(),
    element('h2', {}, 'Pick a conversation'),
    element('p', {}, 'or press ', element('kbd', {}, 'Ctrl'), ' ', element('kbd', {}, 'K'), ' and type a name.'),
  );
}
