// Goal: write, answer and edit. Method: a text area that grows; above it a bar says what is answered or edited. Enter sends (on touch
// screens it makes a line), Shift+Enter makes a line, ↑ in an empty field edits the last own message, Esc leaves an edit or answer.
import type { Message } from '../../../core/client/api.ts';
import { element, iconButton, listen, setText } from './dom.ts';
import { icon } from './icons.ts';
import { quotedText } from './message-row.ts';

export interface ComposerOptions {
  readonly placeholder: string;
  readonly draft: string;
  bodyBytesMax(): number;
  nameOf(message: Message): string;
  send(text: string, replyTo: number): void;
  edit(message: Message, text: string): void;
  typed(text: string): void;
  editLast(): void;
}

type Mode = { readonly kind: 'write' } | { readonly kind: 'reply' | 'edit'; readonly message: Message };

const write: Mode = { kind: 'write' };
/** From this share of the longest text on, the room that is left is shown. */
const nearlyFull = 0.9;

export class Composer {
  readonly node: HTMLElement;
  private readonly options: ComposerOptions;
  private readonly bar = element('div', { class: 'composer-bar' });
  private readonly area: HTMLTextAreaElement;
  /** Holds the text a second time, unseen: that gives the field its height without the layout shrinking in between. */
  private readonly grow = element('div', { class: 'composer-grow' });
  private readonly room = element('span', { class: 'composer-room', role: 'status' });
  private readonly button: HTMLButtonElement;
  private mode: Mode = write;
  /** What stood there before an edit began. */
  private setAside = '';

  constructor(options: ComposerOptions) {
    this.options = options;
    this.area = listen(
      element('textarea', {
        class: 'composer-text',
        rows: 1,
        placeholder: options.placeholder,
        'aria-label': options.placeholder,
        dir: 'auto',
      }),
      { input: () => this.onInput(), keydown: (event) => this.onKey(event) },
    );
    this.grow.append(this.area);
    this.button = iconButton('Send', 'send', icon('send'), () => this.submit());
    this.node = element(
      'div',
      { class: 'composer' },
      this.bar,
      element('div', { class: 'composer-line' }, element('div', { class: 'composer-field' }, this.grow, this.room), this.button),
    );
    this.setText(options.draft);
  }

  focus(): void {
    this.area.focus({ preventScroll: true });
  }

  reply(message: Message): void {
    if (this.mode.kind === 'edit') this.setText(this.setAside);
    this.enter({ kind: 'reply', message });
  }

  edit(message: Message): void {
    if (this.mode.kind !== 'edit') this.setAside = this.area.value;
    this.enter({ kind: 'edit', message });
    this.setText(message.text);
  }

  /** Puts a text that could not be sent back, above what is being written. */
  putBack(text: string): void {
    this.setText(this.area.value === '' ? text : `${text}\n${this.area.value}`);
    this.focus();
  }

  private submit(): void {
    const text = this.area.value.trim();
    if (text === '' || this.bytesLeft() < 0) return;
    const { mode } = this;
    this.leaveMode();
    switch (mode.kind) {
      case 'edit':
        if (text !== mode.message.text) this.options.edit(mode.message, text);
        break;
      case 'reply':
      case 'write':
        this.setText('');
        this.options.typed('');
        this.options.send(text, mode.kind === 'reply' ? mode.message.seq : 0);
        break;
      default:
        mode satisfies never;
    }
    this.focus();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const touch = matchMedia('(pointer: coarse)').matches;
    if (event.key === 'Enter' && !event.shiftKey && !touch) this.submit();
    else if (event.key === 'ArrowUp' && this.area.value === '' && this.mode.kind === 'write') this.options.editLast();
    else if (event.key === 'Escape' && this.mode.kind !== 'write') {
      event.stopPropagation();
      this.leaveMode();
    } else return;
    event.preventDefault();
  }

  private onInput(): void {
    this.fit();
    if (this.mode.kind !== 'edit') this.options.typed(this.area.value);
  }

  private enter(mode: Exclude<Mode, { readonly kind: 'write' }>): void {
    this.mode = mode;
    const title = mode.kind === 'edit' ? 'Edit message' : `Answer to ${this.options.nameOf(mode.message)}`;
    this.bar.replaceChildren(
      icon(mode.kind),
      element('div', { class: 'composer-bar-text' }, element('strong', {}, title), element('span', {}, quotedText(mode.message))),
      iconButton('Cancel', '', icon('close'), () => this.leaveMode()),
    );
    this.focus();
  }

  private leaveMode(): void {
    if (this.mode.kind === 'edit') this.setText(this.setAside);
    this.mode = write;
    this.bar.replaceChildren();
    this.focus();
  }

  private setText(text: string): void {
    this.area.value = text;
    this.fit();
  }

  private fit(): void {
    this.grow.dataset.text = this.area.value;
    const left = this.bytesLeft();
    const max = this.options.bodyBytesMax();
    setText(this.room, left < 0 ? `${-left} bytes too long` : left < max * (1 - nearlyFull) ? `${left} bytes left` : '');
    this.room.classList.toggle('over', left < 0);
    this.button.disabled = this.area.value.trim() === '' || left < 0;
  }

  private bytesLeft(): number {
    return this.options.bodyBytesMax() - new TextEncoder().encode(this.area.value.trim()).length;
  }
}
