// Goal: a short notice that something did not work, and goes away by itself.
import { element, listen } from './dom.ts';

const shownMs = 6_000;

export interface Toasts {
  readonly node: HTMLElement;
  show(text: string): void;
}

export function toasts(): Toasts {
  const node = element('div', { class: 'toasts', role: 'status' });
  return {
    node,
    show(text) {
      const toast = listen(element('div', { class: 'toast' }, text), { click: () => toast.remove() });
      node.replaceChildren(toast);
      setTimeout(() => toast.remove(), shownMs);
    },
  };
}
