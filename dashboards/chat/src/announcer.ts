// Goal: screen readers hear what arrives. Method: one polite live region, cleared before each text so that equal texts are said again.
import { element } from './dom.ts';

export interface Announcer {
  readonly node: HTMLElement;
  say(text: string): void;
}

export function announcer(): Announcer {
  const node = element('div', { class: 'only-heard', 'aria-live': 'polite', role: 'status' });
  return {
    node,
    say(text) {
      node.replaceChildren(element('p', {}, text));
    },
  };
}
