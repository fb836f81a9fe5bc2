// Goal: a small menu next to a button, for mouse, touch and keys. Method: one open at a time, placed inside the window, closed by Esc, Tab,
// a click elsewhere, scrolling by hand; the focus goes back to where it came from.
import { element, listen } from './dom.ts';
import { type IconName, icon } from './icons.ts';

export interface MenuItem {
  readonly label: string;
  readonly icon: IconName;
  readonly danger?: boolean;
  readonly run: () => void;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

const edgePx = 8;
let closeOpen: (() => void) | null = null;

/** @param at corner of the menu; below the anchor without it. */
export function openMenu(anchor: HTMLElement, label: string, items: readonly MenuItem[], at?: Point): void {
  closeOpen?.();
  if (items.length === 0) return;
  const before = document.activeElement instanceof HTMLElement ? document.activeElement : anchor;
  const ending = new AbortController();
  const menu = element('div', { class: 'menu', role: 'menu', 'aria-label': label });
  const close = (): void => {
    closeOpen = null;
    ending.abort();
    const focusInside = menu.contains(document.activeElement);
    menu.remove();
    anchor.removeAttribute('aria-expanded');
    if (focusInside) before.focus({ preventScroll: true });
  };
  closeOpen = close;
  menu.append(...items.map((item) => itemButton(item, close)));
  listen(menu, { keydown: (event) => onKey(event, menu, close) });
  anchor.setAttribute('aria-expanded', 'true');
  document.body.append(menu);
  place(menu, anchor, at);
  focusItem(menu, 0);
  const { signal } = ending;
  document.addEventListener('pointerdown', (event) => event.target instanceof Node && !menu.contains(event.target) && close(), { signal });
  // Not on `scroll`: a message that arrives scrolls, too.
  for (const byHand of ['wheel', 'touchmove']) document.addEventListener(byHand, close, { signal });
  window.addEventListener('resize', close, { signal });
}

function itemButton(item: MenuItem, close: () => void): HTMLElement {
  const made = element(
    'button',
    { type: 'button', role: 'menuitem', tabindex: -1, class: item.danger === true ? 'menu-item danger' : 'menu-item' },
    icon(item.icon),
    item.label,
  );
  const click = (): void => {
    close();
    item.run();
  };
  return listen(made, { click });
}

function onKey(event: KeyboardEvent, menu: HTMLElement, close: () => void): void {
  const buttons = [...menu.children];
  const index = buttons.indexOf(document.activeElement ?? menu);
  if (event.key === 'ArrowDown') focusItem(menu, (index + 1) % buttons.length);
  else if (event.key === 'ArrowUp') focusItem(menu, (index + buttons.length - 1) % buttons.length);
  else if (event.key === 'Home') focusItem(menu, 0);
  else if (event.key === 'End') focusItem(menu, buttons.length - 1);
  else if (event.key === 'Escape' || event.key === 'Tab') close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function focusItem(menu: HTMLElement, index: number): void {
  const target = menu.children[index];
  if (target instanceof HTMLElement) target.focus({ preventScroll: true });
}

function place(menu: HTMLElement, anchor: HTMLElement, at: Point | undefined): void {
  const around = anchor.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const left = at?.x ?? around.right - width;
  const below = at?.y ?? around.bottom + 4;
  const top = below + height > innerHeight - edgePx ? (at?.y ?? around.top - 4) - height : below;
  menu.style.left = `${clamp(left, innerWidth - width - edgePx)}px`;
  menu.style.top = `${clamp(top, innerHeight - height - edgePx)}px`;
}

function clamp(value: number, max: number): number {
  return Math.max(edgePx, Math.min(value, max));
}
