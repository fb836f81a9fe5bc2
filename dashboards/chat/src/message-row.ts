// Goal: one message on screen: text, quotation, time, ticks, and what to do when it failed.
import type { Message } from '../../../core/client/api.ts';
import { element, iconButton, listen } from './dom.ts';
import { icon } from './icons.ts';
import type { Row } from './keyed-list.ts';
import type { Entry, MessageEntry } from './message-entries.ts';
import { isEmojiOnly, oneLine, textNodes } from './text.ts';
import { ticks } from './ticks.ts';
import { fullTime, timeOfDay } from './time.ts';

export interface MessageRowOptions {
  readonly isSelf: boolean;
  nameOf(message: Message): string;
  openMenu(message: Message, anchor: HTMLElement): void;
  jumpTo(message: Message): void;
  /** Puts the text of a failed message back into the composer. */
  rewrite(message: Message): void;
  discard(message: Message): void;
}

export function entryRow(entry: Entry, options: MessageRowOptions): Row<Entry> {
  return entry.kind === 'message' ? messageRow(options) : lineRow(entry.kind);
}

function lineRow(kind: 'day' | 'new'): Row<Entry> {
  const label = element('span', {});
  const node = element('li', { class: `line line-${kind}` }, label);
  return { node, update: (entry) => entry.kind !== 'message' && label.replaceChildren(entry.label) };
}

function messageRow(options: MessageRowOptions): Row<Entry> {
  const node = element('li', { tabindex: -1 });
  return {
    node,
    update(entry) {
      if (entry.kind !== 'message') return;
      const { message } = entry;
      node.className = classesOf(entry);
      node.dataset.key = entry.key;
      const more = iconButton('Message actions', 'message-more', icon('down'), () => options.openMenu(message, more));
      more.tabIndex = -1;
      const canAct = message.state !== 'failed' && message.seq > 0 && !message.deleted;
      node.replaceChildren(
        element('div', { class: 'bubble' }, quotation(entry, options), content(message, options.isSelf), canAct ? more : null),
        ...(message.state === 'failed' ? [failure(message, options)] : []),
        ...(entry.offlineHint ? [offlineHint()] : []),
      );
    },
  };
}

function classesOf({ message, first, last }: MessageEntry): string {
  const classes = ['message', message.mine ? 'mine' : 'theirs'];
  if (first) classes.push('first');
  if (last) classes.push('last');
  if (message.deleted) classes.push('deleted');
  if (message.state === 'failed') classes.push('failed');
  if (!message.deleted && message.replyTo === 0 && isEmojiOnly(message.text)) classes.push('emoji-only');
  return classes.join(' ');
}

function content(message: Message, isSelf: boolean): HTMLElement {
  const meta = element(
    'span',
    { class: 'meta' },
    message.edited && !message.deleted ? element('span', { class: 'edited' }, 'edited') : null,
    element(
      'time',
      { datetime: new Date(message.timestamp).toISOString(), title: fullTime(message.timestamp) },
      timeOfDay(message.timestamp),
    ),
    message.deleted ? null : ticks(message.state, isSelf),
  );
  const words = message.deleted ? [icon('block'), 'Message deleted'] : textNodes(message.text);
  return element('div', { class: 'text', dir: 'auto' }, ...words, meta);
}

function quotation({ message, quoted }: MessageEntry, options: MessageRowOptions): HTMLElement | null {
  if (message.replyTo === 0 || message.deleted) return null;
  if (quoted === null) return element('div', { class: 'quote' }, element('span', {}, 'An earlier message'));
  return listen(
    element(
      'button',
      { type: 'button', class: 'quote', tabindex: -1, 'aria-label': `In answer to ${options.nameOf(quoted)}: ${quotedText(quoted)}` },
      element('strong', {}, options.nameOf(quoted)),
      element('span', {}, quotedText(quoted)),
    ),
    { click: () => options.jumpTo(quoted) },
  );
}

/** One line of a message for quotations. */
export function quotedText(message: Message): string {
  return message.deleted ? 'Message deleted' : oneLine(message.text);
}

function failure(message: Message, options: MessageRowOptions): HTMLElement {
  const why = message.error?.message ?? 'the server refused it';
  return element(
    'div',
    { class: 'failure' },
    element('span', {}, `Not sent: ${why}.`),
    listen(element('button', { type: 'button', class: 'link-button' }, 'Edit and send again'), { click: () => options.rewrite(message) }),
    listen(element('button', { type: 'button', class: 'link-button' }, 'Discard'), { click: () => options.discard(message) }),
  );
}

function offlineHint(): HTMLElement {
  return element('div', { class: 'offline-hint' }, icon('cloud'), 'Not online. It arrives when they are back.');
}
