// Goal: build DOM in one expression. Method: `element(tag, properties, ...children)`; text becomes text nodes, so nothing that someone
// wrote is ever read as markup.

export type Child = Node | string | null;
type Handlers = { readonly [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void };
type Properties = { readonly [attribute: string]: string | number | boolean | null };

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) setAttribute(made, name, value);
  for (const child of children) if (child !== null) made.append(child);
  return made;
}

/** Adds listeners; returns the element. */
export function listen<Target extends HTMLElement>(target: Target, handlers: Handlers): Target {
  for (const [name, handler] of Object.entries(handlers)) target.addEventListener(name, handler as (event: Event) => void);
  return target;
}

/** true: present without a value; false and null: absent. */
export function setAttribute(target: Element, name: string, value: string | number | boolean | null): void {
  if (value === null || value === false) target.removeAttribute(name);
  else target.setAttribute(name, value === true ? '' : String(value));
}

/** Touches the document only when the text differs. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** The button of an icon; its label is what a screen reader says and the tooltip shows. */
export function iconButton(label: string, className: string, icon: SVGElement, onClick: (event: MouseEvent) => void): HTMLButtonElement {
  const made = element('button', { type: 'button', class: `icon-button ${className}`, 'aria-label': label, title: label }, icon);
  return listen(made, { click: onClick });
}
