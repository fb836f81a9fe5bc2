// Goal: the children of an element follow a list with as few changes as possible, so that focus, selection and scrolling survive.
// Method: rows are found again by key and moved only when their place changed.

export interface Row<Item> {
  readonly node: HTMLElement;
  update(item: Item): void;
}

interface Kept<Item> {
  readonly row: Row<Item>;
  item: Item;
}

export class KeyedList<Item> {
  private kept = new Map<string, Kept<Item>>();
  private readonly parent: HTMLElement;
  private readonly keyOf: (item: Item) => string;
  private readonly same: (before: Item, after: Item) => boolean;
  private readonly create: (item: Item) => Row<Item>;

  /** @param create makes an empty row for an item; `update` fills it. */
  constructor(
    parent: HTMLElement,
    keyOf: (item: Item) => string,
    same: (before: Item, after: Item) => boolean,
    create: (item: Item) => Row<Item>,
  ) {
    this.parent = parent;
    this.keyOf = keyOf;
    this.same = same;
    this.create = create;
  }

  render(items: readonly Item[]): void {
    const focused = document.activeElement;
    const next = new Map<string, Kept<Item>>();
    for (const item of items) {
      const key = this.keyOf(item);
      next.set(key, this.keep(this.kept.get(key), item));
    }
    for (const [key, { row }] of this.kept) if (!next.has(key)) row.node.remove();
    let place = this.parent.firstChild;
    for (const { row } of next.values()) {
      if (row.node === place) place = place.nextSibling;
      else this.parent.insertBefore(row.node, place);
    }
    this.kept = next;
    // A node that was moved has lost the focus.
    if (focused instanceof HTMLElement && focused !== document.activeElement && this.parent.contains(focused)) {
      focused.focus({ preventScroll: true });
    }
  }

  nodeOf(key: string): HTMLElement | undefined {
    return this.kept.get(key)?.row.node;
  }

  private keep(known: Kept<Item> | undefined, item: Item): Kept<Item> {
    if (known === undefined) {
      const row = this.create(item);
      row.update(item);
      return { row, item };
    }
    if (!this.same(known.item, item)) known.row.update(item);
    known.item = item;
    return known;
  }
}
