// Goal: the connection's state in words, only while there is something to say. Method: a short interruption is not mentioned; a longer one
// counts down to the next try; its end is told for a moment.
import type { ConnectionState, ParleyEvents } from '../../../core/client/api.ts';
import { element, setText } from './dom.ts';

const quietMs = 700;
const backShownMs = 2_000;

export class ConnectionBanner {
  readonly node = element('div', { class: 'connection', role: 'status' });
  private readonly text = element('span', {});
  private state: ConnectionState = 'connecting';
  private retryAtMs = 0;
  private sinceMs = Date.now();
  private complained = false;
  private timer = 0;

  constructor() {
    this.node.append(this.text);
    window.addEventListener('online', () => this.render());
    window.addEventListener('offline', () => this.render());
  }

  update({ state, retryAtMs }: ParleyEvents['state']): void {
    const wasOnline = this.state === 'online';
    if (wasOnline !== (state === 'online')) this.sinceMs = Date.now();
    this.state = state;
    this.retryAtMs = retryAtMs;
    this.render();
  }

  private render(): void {
    clearTimeout(this.timer);
    const elapsedMs = Date.now() - this.sinceMs;
    if (this.state === 'online') {
      if (this.complained && elapsedMs < backShownMs) return this.show('back', 'Back online', backShownMs - elapsedMs);
      this.complained = false;
      return this.hide();
    }
    if (elapsedMs < quietMs && navigator.onLine) {
      this.timer = window.setTimeout(() => this.render(), quietMs - elapsedMs);
      return;
    }
    this.complained = true;
    const retryMs = this.retryAtMs - Date.now();
    this.show(navigator.onLine ? 'trying' : 'offline', sentence(this.state, retryMs), retryMs % 1000 > 0 ? retryMs % 1000 : 1000);
  }

  private show(kind: 'back' | 'trying' | 'offline', text: string, againMs: number): void {
    this.node.className = `connection shown ${kind}`;
    setText(this.text, text);
    this.timer = window.setTimeout(() => this.render(), againMs);
  }

  private hide(): void {
    this.node.className = 'connection';
  }
}

function sentence(state: ConnectionState, retryMs: number): string {
  const kept = 'What you write is kept and sent later.';
  if (!navigator.onLine) return `You are offline. ${kept}`;
  if (state === 'offline') return 'Not connected.';
  const seconds = Math.ceil(retryMs / 1000);
  if (seconds > 0) return `No connection. Next try in ${seconds} s. ${kept}`;
  return `Connecting… ${kept}`;
}
