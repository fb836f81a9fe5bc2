/**
 * What the library needs of its environment; `browser/` and `node/` each give one.
 */
import type { OutboxStore } from './outbox-store.ts';
import type { OpenTransport } from './transport.ts';

export interface Platform {
  /** ms since 1970, steady: a clock that is set back would stop every timer of the session. */
  nowMs(): number;
  /** Fills with random words from the operating system. */
  fillRandom(words: Uint32Array): void;
  /** Calls once after `ms`; returns what ends it. */
  setTimer(run: () => void, ms: number): () => void;
  /** Calls when the network came back; returns what ends it. */
  onOnline(run: () => void): () => void;
  /** Transports that exist here. */
  readonly transports: { readonly websocket?: OpenTransport; readonly poll?: OpenTransport; readonly stream?: OpenTransport };
  /** Store of a user, when the application names none. */
  defaultStore(url: string, userName: string): OutboxStore;
}
