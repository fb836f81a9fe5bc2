// Goal: the scrolling column of messages: stays at the end while one is there, keeps the place when older ones are put in above, and can
// be walked with the arrow keys. Method: the topmost visible row is the anchor; after each change it is put back where it was.
import { element, iconButton, listen, setText } from './dom.ts';
import { icon } from './icons.ts';
import { KeyedList } from './keyed-list.ts';
import { type Entry, sameEntry } from './message-entries.ts';
import { entryRow, type MessageRowOptions } from './message-row.ts';

export interface MessageListOptions extends MessageRowOptions {
  /** The top comes near. */
  loadOlder(): void;
  /** The end came into view. */
  reachedEnd(): void;
}

const loadAheadPx = 500;
const endTolerancePx = 60;
const revealedMs = 1_200;

export class MessageList {
  readonly node: HTMLElement;
  private readonly options: MessageListOptions;
  private readonly scroller: HTMLElement;
  private readonly top: HTMLElement;
  private readonly list: HTMLOListElement;
  private readonly rows: KeyedList<Entry>;
  private readonly jump: HTMLButtonElement;
  private readonly jumpCount: HTMLElement;
  private readonly sizes: ResizeObserver;
  private atEndNow = true;
  /** Height that `atEndNow` was decided at. */
  private heightPx = 0;

  /** @param end what stands below the last message. */
  constructor(label: string, end: Node, options: MessageListOptions) {
    this.options = options;
    this.top = element('div', { class: 'history-top' });
    this.list = listen(element('ol', { class: 'messages', 'aria-label': label }), { keydown: (event) => this.onKey(event) });
    this.rows = new KeyedList(
      this.list,
      (entry) => entry.key,
      sameEntry,
      (entry) => entryRow(entry, options),
    );
    this.scroller = listen(element('div', { class: 'scroller', tabindex: -1 }, this.top, this.list, end), {
      scroll: () => this.onScroll(),
      contextmenu: (event) => this.onContextMenu(event),
    });
    this.jumpCount = element('span', { class: 'badge' });
    this.jump = iconButton('To the newest message', 'jump', icon('down'), () => this.toEnd(smoothly()));
    this.jump.append(this.jumpCount);
    this.node = element('div', { class: 'message-list' }, this.scroller, this.jump);
    this.sizes = new ResizeObserver(() => this.onResize());
    this.sizes.observe(this.scroller);
  }

  get atEnd(): boolean {
    return this.atEndNow;
  }

  /** @param unseen messages that came while the end was out of view. */
  render(entries: readonly Entry[], top: Node | null, unseen: number): void {
    const wasAtEnd = this.atEndNow;
    const anchor = wasAtEnd ? null : this.topmostVisible();
    const anchorTop = anchor?.offsetTop ?? 0;
    this.rows.render(entries);
    this.top.replaceChildren(...(top === null ? [] : [top]));
    if (wasAtEnd) this.toEnd('instant');
    else if (anchor?.isConnected === true) this.scroller.scrollTop += anchor.offsetTop - anchorTop;
    setText(this.jumpCount, unseen > 0 ? String(unseen) : '');
    this.keepOneTabStop();
    this.onScroll();
  }

  toEnd(behavior: ScrollBehavior): void {
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior });
    this.atEndNow = this.atEndNow || behavior === 'instant';
  }

  /** Scrolls a row into the middle and lights it up for a moment. */
  reveal(key: string): void {
    const row = this.rows.nodeOf(key);
    if (row === undefined) return;
    row.scrollIntoView({ block: 'center' });
    row.classList.add('revealed');
    setTimeout(() => row.classList.remove('revealed'), revealedMs);
  }

  dispose(): void {
    this.sizes.disconnect();
  }

  private onScroll(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    // Where one is may have changed by a resize alone, which is told next.
    if (clientHeight !== this.heightPx) return;
    this.atEndNow = scrollHeight - scrollTop - clientHeight < endTolerancePx;
    this.jump.classList.toggle('shown', !this.atEndNow);
    if (this.atEndNow) this.options.reachedEnd();
    if (scrollTop < loadAheadPx) this.options.loadOlder();
  }

  private onResize(): void {
    this.heightPx = this.scroller.clientHeight;
    if (this.atEndNow) this.toEnd('instant');
    this.onScroll();
  }

  private topmostVisible(): HTMLElement | null {
    const { scrollTop } = this.scroller;
    for (const row of this.list.children) {
      if (row instanceof HTMLElement && row.offsetTop + row.offsetHeight > scrollTop) return row;
    }
    return null;
  }

  private onKey(event: KeyboardEvent): void {
    const target = event.target instanceof Element ? event.target.closest<HTMLElement>('li.message') : null;
    if (target === null) return;
    const messages = this.messageRows();
    const index = messages.indexOf(target);
    if (event.key === 'ArrowUp') this.focusRow(messages[index - 1]);
    else if (event.key === 'ArrowDown') this.focusRow(messages[index + 1]);
    else if (event.key === 'Home') this.focusRow(messages[0]);
    else if (event.key === 'End') this.focusRow(messages.at(-1));
    else if (event.key === 'Enter' && event.target === target) this.openMenuOf(target);
    else return;
    event.preventDefault();
  }

  private onContextMenu(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target : null;
    const row = target?.closest<HTMLElement>('li.message');
    // Text that is selected and links keep the browser's own menu.
    if (row === null || row === undefined || target?.closest('a') !== null || getSelection()?.isCollapsed === false) return;
    if (this.openMenuOf(row)) event.preventDefault();
  }

  private openMenuOf(row: HTMLElement): boolean {
    const more = row.querySelector<HTMLElement>('.message-more');
    more?.click();
    return more !== null;
  }

  private focusRow(row: HTMLElement | undefined): void {
    if (row === undefined) return;
    for (const other of this.messageRows()) other.tabIndex = -1;
    row.tabIndex = 0;
    row.focus();
    row.scrollIntoView({ block: 'nearest' });
  }

  private keepOneTabStop(): void {
    if (this.list.querySelector('li.message[tabindex="0"]:focus-within') !== null) return;
    const rows = this.messageRows();
    for (const row of rows) row.tabIndex = row === rows.at(-1) ? 0 : -1;
  }

  private messageRows(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>('li.message')];
  }
}

function smoothly(): ScrollBehavior {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth';
}
