// Goal: the list of conversations with a search field that also finds people one has not written to. Method: one Tab stop; ↑ and ↓ walk
// from the field through the rows; Enter in the field opens what stands first.
import type { ConversationSummary, User } from '../../../core/client/api.ts';
import { avatar } from './avatar.ts';
import { conversationRow, type ListedConversation, sameListed } from './conversation-row.ts';
import { element, iconButton, listen } from './dom.ts';
import { icon, logo } from './icons.ts';
import { KeyedList } from './keyed-list.ts';
import { openMenu } from './menu.ts';
import { PeopleSearch } from './people-search.ts';
import { dayKey } from './time.ts';

export interface ConversationListOptions {
  readonly me: User;
  open(conversation: string | number): void;
  findUser(name: string): Promise<User | null>;
  logOut(): void;
}

const pollTitle = 'WebSocket does not get through here. Everything works, a little slower.';

export class ConversationList {
  readonly node: HTMLElement;
  private readonly options: ConversationListOptions;
  private readonly field: HTMLInputElement;
  private readonly list = element('ul', { class: 'conversations', 'aria-label': 'Conversations' });
  private readonly empty = element('div', { class: 'list-empty' });
  private readonly byPoll = element('p', { class: 'by-poll', hidden: true, title: pollTitle }, 'Connected by long-poll');
  private readonly people: PeopleSearch;
  private readonly rows: KeyedList<ListedConversation>;
  private all: readonly ConversationSummary[] = [];
  private selected = '';

  constructor(options: ConversationListOptions) {
    this.options = options;
    this.field = listen(
      element('input', {
        type: 'search',
        class: 'search-field',
        placeholder: 'Search or find a person',
        'aria-label': 'Search or find a person',
      }),
      { input: () => this.onSearch(), keydown: (event) => this.onFieldKey(event) },
    );
    this.rows = new KeyedList(
      this.list,
      (item) => item.summary.id,
      sameListed,
      () => conversationRow((id) => this.open(id)),
    );
    this.people = new PeopleSearch(options.findUser, (user) => this.open(user.id));
    const rowKeys = { keydown: (event: KeyboardEvent) => this.onRowKey(event) };
    this.node = element(
      'nav',
      { class: 'sidebar', 'aria-label': 'Conversations' },
      this.header(),
      element('div', { class: 'search' }, icon('search'), this.field),
      listen(element('div', { class: 'sidebar-rows' }, this.list, this.people.node, this.empty), rowKeys),
      this.byPoll,
    );
  }

  render(all: readonly ConversationSummary[], selected: string): void {
    this.all = all;
    this.selected = selected;
    const today = dayKey(Date.now());
    const shown = all.filter((summary) => this.matches(summary));
    this.rows.render(shown.map((summary) => ({ summary, selected: summary.id === selected, isSelf: this.isSelf(summary), today })));
    const nobody = all.length === 0 && this.typed() === '';
    this.empty.replaceChildren(
      ...(nobody ? [element('p', {}, 'No conversations yet.'), element('p', {}, 'Type a name above to find someone.')] : []),
    );
    this.keepOneTabStop();
  }

  focusSearch(): void {
    this.field.focus();
    this.field.select();
  }

  /** Says so, in small letters, while the connection is a long-poll. */
  showPolling(polling: boolean): void {
    this.byPoll.hidden = !polling;
  }

  /** The row of the conversation that is open, or was. */
  focusRow(id: string): void {
    const row = this.buttons().find((button) => button.parentElement?.dataset.id === id);
    (row ?? this.field).focus();
  }

  private header(): HTMLElement {
    const { me } = this.options;
    const items = [
      { label: 'Notes to self', icon: 'note' as const, run: () => this.open(me.id) },
      { label: 'Log out', icon: 'leave' as const, run: () => this.options.logOut() },
    ];
    const menu = iconButton('Your menu', 'me', icon('down'), () => openMenu(menu, 'Your menu', items));
    menu.prepend(avatar(me.id, me.name, false), element('span', { class: 'me-name' }, me.name));
    menu.setAttribute('aria-haspopup', 'menu');
    menu.setAttribute('aria-label', `Your menu, logged in as ${me.name}`);
    return element('header', { class: 'sidebar-header' }, logo(), element('h1', {}, 'Parley'), menu);
  }

  private open(conversation: string | number): void {
    this.field.value = '';
    this.onSearch();
    this.options.open(conversation);
  }

  private onSearch(): void {
    const typed = this.typed();
    const known = this.all.some((summary) => summary.name.toLocaleLowerCase() === typed.toLocaleLowerCase());
    this.people.search(known ? '' : typed);
    this.render(this.all, this.selected);
  }

  private onFieldKey(event: KeyboardEvent): void {
    const first = this.buttons()[0];
    if (event.key === 'ArrowDown') first?.focus();
    else if (event.key === 'Enter') this.openFirst(first);
    else if (event.key === 'Escape' && this.field.value !== '') {
      event.stopPropagation();
      this.field.value = '';
      this.onSearch();
    } else return;
    event.preventDefault();
  }

  private openFirst(first: HTMLButtonElement | undefined): void {
    if (this.typed() === '') return;
    if (first === undefined) this.people.openWhenFound();
    else first.click();
  }

  private onRowKey(event: KeyboardEvent): void {
    if (!(event.target instanceof HTMLButtonElement)) return;
    const buttons = this.buttons();
    const index = buttons.indexOf(event.target);
    if (index < 0) return;
    if (event.key === 'ArrowDown') buttons[index + 1]?.focus();
    else if (event.key === 'ArrowUp') (buttons[index - 1] ?? this.field).focus();
    else if (event.key === 'Home') buttons[0].focus();
    else if (event.key === 'End') buttons.at(-1)?.focus();
    else return;
    event.preventDefault();
  }

  private keepOneTabStop(): void {
    const buttons = this.buttons();
    const stop =
      buttons.find((button) => button === document.activeElement) ?? buttons.find((button) => button.ariaCurrent === 'true') ?? buttons[0];
    for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
  }

  private buttons(): HTMLButtonElement[] {
    return [...this.node.querySelectorAll<HTMLButtonElement>('.conversation')];
  }

  private matches(summary: ConversationSummary): boolean {
    const name = this.isSelf(summary) ? `notes to self ${summary.name}` : summary.name;
    return name.toLocaleLowerCase().includes(this.typed().toLocaleLowerCase());
  }

  private isSelf(summary: ConversationSummary): boolean {
    return summary.peer === this.options.me.id;
  }

  private typed(): string {
    return this.field.value.trim();
  }
}
