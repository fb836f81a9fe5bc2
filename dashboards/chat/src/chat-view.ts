// Goal: one open conversation: header, messages, composer. Method: everything shown follows from the conversation's state; a change of it
// redraws what differs.
import type { Conversation, Message } from '../../../core/client/api.ts';
import { avatar } from './avatar.ts';
import { Composer } from './composer.ts';
import { ask } from './dialog.ts';
import { element, iconButton, listen, setText } from './dom.ts';
import { draftOf, keepDraft } from './drafts.ts';
import { icon } from './icons.ts';
import { openMenu } from './menu.ts';
import { entriesOf, firstNewKey } from './message-entries.ts';
import { MessageList } from './message-list.ts';
import { messageMenu } from './message-menu.ts';

export interface ChatViewOptions {
  readonly conversation: Conversation;
  readonly isSelf: boolean;
  bodyBytesMax(): number;
  back(): void;
  /** Something failed that the user asked for. */
  problem(error: unknown): void;
}

type Loading = 'no' | 'newest' | 'older' | 'failed';

export class ChatView {
  readonly node: HTMLElement;
  private readonly options: ChatViewOptions;
  private readonly conversation: Conversation;
  private readonly title = element('h2', {});
  private readonly face = element('div', { class: 'chat-face' });
  private readonly status = element('p', { class: 'chat-status' });
  private readonly typing = typingDots();
  private readonly footer = element('footer', { class: 'chat-footer' });
  private readonly list: MessageList;
  private readonly composer: Composer;
  private readonly endChanges: () => void;
  private loading: Loading = 'no';
  /** Key of the message the "new messages" line stands above; null until the newest page is there. */
  private newKey: string | null = null;
  private readTo = 0;
  /** Newest `seq` that was on screen at the end of the list. */
  private seenTo = 0;

  constructor(options: ChatViewOptions) {
    this.options = options;
    this.conversation = options.conversation;
    const { conversation } = this;
    this.composer = new Composer({
      placeholder: options.isSelf ? 'Write a note' : 'Write a message',
      draft: draftOf(conversation.id),
      bodyBytesMax: options.bodyBytesMax,
      nameOf: (message) => this.nameOf(message),
      send: (text, replyTo) => this.send(text, replyTo),
      edit: (message, text) => void conversation.edit(message.seq, text).catch(options.problem),
      typed: (text) => this.typed(text),
      editLast: () => this.editLast(),
    });
    this.list = new MessageList('Messages', this.typing, {
      isSelf: options.isSelf,
      nameOf: (message) => this.nameOf(message),
      openMenu: (message, anchor) => openMenu(anchor, 'Message actions', this.menuOf(message)),
      jumpTo: (message) => this.list.reveal(message.key),
      rewrite: (message) => {
        conversation.discard(message.key);
        this.composer.putBack(message.text);
      },
      discard: (message) => conversation.discard(message.key),
      loadOlder: () => void this.loadOlder(),
      reachedEnd: () => this.markRead(),
    });
    this.node = listen(element('section', { class: 'chat', 'aria-label': 'Conversation' }, this.header(), this.list.node, this.footer), {
      keydown: (event) => event.key === 'Escape' && options.back(),
    });
    this.endChanges = conversation.onChange(() => this.render());
    void this.load();
  }

  focus(): void {
    this.composer.focus();
  }

  /** The page came into view or the connection came back. */
  refresh(): void {
    if (this.loading === 'failed') void this.load();
    this.markRead();
  }

  dispose(): void {
    this.endChanges();
    this.list.dispose();
    this.conversation.leave();
  }

  private header(): HTMLElement {
    const back = iconButton('Back to the list', 'back', icon('back'), () => this.options.back());
    const more = iconButton('Conversation menu', '', icon('more'), () => openMenu(more, 'Conversation menu', [this.blockItem()]));
    more.setAttribute('aria-haspopup', 'menu');
    const words = element('div', { class: 'chat-who' }, this.title, this.status);
    return element('header', { class: 'chat-header' }, back, this.face, words, this.options.isSelf ? null : more);
  }

  private render(): void {
    const { conversation, options } = this;
    const { name, blocked, unread } = conversation.summary;
    const shownName = options.isSelf ? 'Notes to self' : name === '' ? '…' : name;
    if (this.title.textContent !== shownName) this.face.replaceChildren(avatar(conversation.peer, shownName, options.isSelf));
    setText(this.title, shownName);
    setText(this.status, this.statusText(blocked));
    this.status.classList.toggle('active', conversation.peerTyping);
    this.typing.classList.toggle('shown', conversation.peerTyping);
    const { messages } = conversation;
    if (this.newKey === null && this.loading === 'no') this.newKey = firstNewKey(messages, unread);
    const unseen = messages.filter((message) => !message.mine && message.seq > this.seenTo).length;
    this.list.render(entriesOf(messages, this.newKey ?? '', Date.now()), this.top(shownName), this.seenTo === 0 ? 0 : unseen);
    this.renderFooter(blocked, shownName);
  }

  private renderFooter(blocked: boolean, name: string): void {
    if (this.footer.firstChild !== null && this.footer.classList.contains('blocked') === blocked) return;
    this.footer.classList.toggle('blocked', blocked);
    if (!blocked) return this.footer.replaceChildren(this.composer.node);
    const unblock = element('button', { type: 'button', class: 'plain-button' }, 'Unblock');
    listen(unblock, { click: () => this.block(false) });
    this.footer.replaceChildren(element('p', {}, icon('block'), `You blocked ${name}.`), unblock);
  }

  private statusText(blocked: boolean): string {
    if (this.options.isSelf) return 'Only you can read this, on all your devices';
    if (blocked) return 'Blocked';
    return this.conversation.peerTyping ? 'typing…' : '';
  }

  private top(name: string): Node | null {
    if (this.loading === 'failed') {
      const retry = element('button', { type: 'button', class: 'plain-button' }, 'Try again');
      listen(retry, { click: () => void this.load() });
      return element('div', { class: 'history-failed' }, element('p', {}, 'The messages could not be loaded.'), retry);
    }
    if (this.loading !== 'no' || this.conversation.hasOlder) return element('p', { class: 'history-loading' }, 'Loading messages…');
    const beginning = this.options.isSelf
      ? 'Notes, links, lists: whatever you want to find again.'
      : `This is where your conversation with ${name} begins.`;
    return element('p', { class: 'history-begin' }, beginning);
  }

  private async load(): Promise<void> {
    this.loading = 'newest';
    this.render();
    try {
      await this.conversation.open();
      this.loading = 'no';
    } catch {
      this.loading = 'failed';
    }
    this.render();
  }

  private async loadOlder(): Promise<void> {
    if (this.loading !== 'no' || !this.conversation.hasOlder) return;
    this.loading = 'older';
    try {
      await this.conversation.history();
      this.loading = 'no';
    } catch {
      this.loading = 'failed';
    }
    this.render();
  }

  private markRead(): void {
    if (!this.list.atEnd || document.hidden || !document.hasFocus() || this.loading === 'newest') return;
    const newest = this.conversation.messages.findLast((message) => !message.mine && message.seq > 0);
    if (newest === undefined || newest.seq <= this.readTo) return;
    this.readTo = newest.seq;
    this.seenTo = newest.seq;
    this.conversation.read(newest.seq);
  }

  private send(text: string, replyTo: number): void {
    this.newKey = this.newKey === null ? null : '';
    this.list.toEnd('instant');
    const options = replyTo === 0 ? {} : { replyTo };
    this.conversation.send(text, options).catch((error: unknown) => this.sendFailed(text, error));
  }

  /** A failed send that stands in the list says so itself; one that never got there gives its text back. */
  private sendFailed(text: string, error: unknown): void {
    if (this.conversation.messages.some((message) => message.state === 'failed' && message.error === error)) return;
    this.composer.putBack(text);
    this.options.problem(error);
  }

  private typed(text: string): void {
    keepDraft(this.conversation.id, text);
    if (text !== '' && !this.options.isSelf) this.conversation.typing();
  }

  private editLast(): void {
    const last = this.conversation.messages.findLast((message) => message.mine && message.seq > 0 && !message.deleted);
    if (last !== undefined) this.composer.edit(last);
  }

  private menuOf(message: Message) {
    const { conversation, options } = this;
    const remove = (): void => void conversation.delete(message.seq).catch(options.problem);
    return messageMenu(message, {
      reply: () => this.composer.reply(message),
      edit: () => this.composer.edit(message),
      copy: () => void navigator.clipboard.writeText(message.text).catch(options.problem),
      remove: () => ask({ title: 'Delete this message?', text: 'It disappears for everyone.', yes: 'Delete', onYes: remove }),
    });
  }

  private blockItem() {
    const { blocked, name } = this.conversation.summary;
    if (blocked) return { label: `Unblock ${name}`, icon: 'block' as const, run: () => this.block(false) };
    const text = `${name} can no longer write to you here. You can undo this at any time.`;
    const run = (): void => ask({ title: `Block ${name}?`, text, yes: 'Block', onYes: () => this.block(true) });
    return { label: `Block ${name}`, icon: 'block' as const, danger: true, run };
  }

  private block(blocked: boolean): void {
    this.conversation.block(blocked).catch(this.options.problem);
  }

  private nameOf(message: Message): string {
    return message.mine ? 'You' : this.conversation.summary.name;
  }
}

function typingDots(): HTMLElement {
  return element('div', { class: 'typing', 'aria-hidden': 'true' }, element('i'), element('i'), element('i'));
}
