// Goal: a person by exact name, found while typing. Method: asked when the keys rest for a moment; an answer for older letters is dropped.
import type { User } from '../../../core/client/api.ts';
import { avatar } from './avatar.ts';
import { element, listen } from './dom.ts';

const restMs = 250;

export class PeopleSearch {
  readonly node = element('div', { class: 'people', 'aria-live': 'polite' });
  private readonly find: (name: string) => Promise<User | null>;
  private readonly open: (user: User) => void;
  private name = '';
  private timer = 0;
  private openIt = false;

  constructor(find: (name: string) => Promise<User | null>, open: (user: User) => void) {
    this.find = find;
    this.open = open;
  }

  /** '' clears. */
  search(name: string): void {
    if (name === this.name) return;
    this.name = name;
    this.openIt = false;
    clearTimeout(this.timer);
    this.node.replaceChildren();
    if (name !== '') this.timer = window.setTimeout(() => void this.ask(name), restMs);
  }

  /** Enter was pressed before the answer is there. */
  openWhenFound(): void {
    this.openIt = true;
  }

  private async ask(name: string): Promise<void> {
    try {
      const user = await this.find(name);
      if (name === this.name) this.show(name, user);
    } catch {
      if (name === this.name) this.say('The search did not get through. Try again in a moment.');
    }
  }

  private show(name: string, user: User | null): void {
    if (user === null) return this.say(`Nobody is called “${name}” yet. People appear here once they have logged in.`);
    if (this.openIt) return this.open(user);
    const button = element(
      'button',
      { type: 'button', class: 'conversation person', tabindex: 0 },
      avatar(user.id, user.name, false),
      element('span', { class: 'conversation-name' }, user.name),
      element('span', { class: 'conversation-preview' }, 'Start a conversation'),
    );
    listen(button, { click: () => this.open(user) });
    this.node.replaceChildren(element('h2', { class: 'people-title' }, 'People'), button);
  }

  private say(text: string): void {
    this.node.replaceChildren(element('p', { class: 'people-none' }, text));
  }
}
