/**
 * What the library needs, from a browser's own means.
 */
import { SteadyClock } from '../../model/steady-clock.ts';
import { MemoryStore } from '../memory-store.ts';
import type { Platform } from '../platform.ts';
import { type AbortLike, type FetchLike, pollTransport } from '../poll-transport.ts';
import { randomId53 } from '../random-id.ts';
import { type WebSocketLike, webSocketTransport } from '../web-socket-transport.ts';
import { IndexedDbStore } from './indexed-db-store.ts';

const clock = new SteadyClock();

const setTimer = (run: () => void, ms: number): (() => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

export const browserPlatform: Platform = {
  nowMs: () => clock.read(performance.now(), Date.now()),
  fillRandom: (words) => {
    crypto.getRandomValues(words as Uint32Array<ArrayBuffer>);
  },
  setTimer,
  onOnline: (run) => {
    addEventListener('online', run);
    return () => removeEventListener('online', run);
  },
  transports: {
    websocket: webSocketTransport((url, protocol) => new WebSocket(url, protocol) as WebSocketLike, setTimer),
    poll: pollTransport({
      fetch: ((url, init) => fetch(url, { ...init, signal: init.signal as AbortSignal })) as FetchLike,
      createAbort: (): AbortLike => new AbortController(),
      setTimer,
    }),
  },
  defaultStore: (url, userName) => {
    if (typeof indexedDB !== 'undefined' && typeof navigator.locks !== 'undefined') return new IndexedDbStore(`parley ${url} ${userName}`);
    // No secure context, or forbidden: nothing outlives the tab.
    return new MemoryStore(
      randomId53((words) => {
        crypto.getRandomValues(words);
      }),
    );
  },
};
