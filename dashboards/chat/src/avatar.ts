// Goal: a person's mark: first letter on a colour that follows from the user id; a bookmark for notes to self.
import { element } from './dom.ts';
import { icon } from './icons.ts';

const hues = 8;

export function avatar(user: number, name: string, isSelf: boolean): HTMLElement {
  const hue = Math.floor(user) % hues;
  const mark = isSelf ? icon('note') : document.createTextNode(initialOf(name));
  return element('span', { class: `avatar ${isSelf ? 'avatar-self' : `avatar-${hue}`}`, 'aria-hidden': 'true' }, mark);
}

/** The first letter as it is read, which may be several code points. */
function initialOf(name: string): string {
  const first = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(name)[Symbol.iterator]().next();
  return first.done === true ? '?' : first.value.segment.toLocaleUpperCase();
}
