/**
 * The conversations of a client: one view for each that is known, the list by recency, and which of them changed.
 *
 * Method: changes are gathered; the client tells them once a turn. The sorted list is made when it is asked for after a change.
 */
import type { ConversationSummary } from './api.ts';
import { ConversationView, type ViewHost } from './conversation-view.ts';

/** So many conversations of the list get their last message fetched. */
const previewsMax = 30;
const previewEvents = 20;

export class ConversationBook {
  private readonly host: ViewHost;
  private readonly views = new Map<string, ConversationView>();
  private readonly changedViews = new Set<ConversationView>();
  private list: readonly ConversationSummary[] | null = null;

  constructor(host: ViewHost) {
    this.host = host;
  }

  /** The view of the conversation of `a` and `b` (a ≤ b), made when there is none. */
  view(a: number, b: number): ConversationView {
    const id = `${a}-${b}`;
    let view = this.views.get(id);
    if (view === undefined) {
      view = new ConversationView(this.host, a, b);
      this.views.set(id, view);
    }
    return view;
  }

  all(): Iterable<ConversationView> {
    return this.views.values();
  }

  /** What belongs on the list, latest first. */
  summaries(): readonly ConversationSummary[] {
    this.list ??= [...this.views.values()]
      .filter((view) => view.listed)
      .map((view) => view.summary)
      .sort((left, right) => right.lastTimestamp - left.lastTimestamp || left.peer - right.peer);
    return this.list;
  }

  changed(view: ConversationView): void {
    this.changedViews.add(view);
    this.list = null;
  }

  /** The changed ones since the last call. */
  takeChanged(): readonly ConversationView[] {
    const views = [...this.changedViews];
    this.changedViews.clear();
    return views;
  }

  /** Fetches last messages for the top of the list. */
  loadPreviews(): void {
    for (const { id, lastMessage } of this.summaries().slice(0, previewsMax)) {
      const view = this.views.get(id);
      if (view === undefined || lastMessage !== null || view.previewAsked || view.lastSeq === 0) continue;
      view.previewAsked = true;
      view.history(0, previewEvents).catch(() => {
        view.previewAsked = false;
      });
    }
  }
}
