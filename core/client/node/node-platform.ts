/**
 * What the library needs, from Node's own means. Node 20 has no WebSocket: there `auto` takes ours (node/web-socket.ts).
 */
import { webcrypto } from 'node:crypto';
import { SteadyClock } from '../../model/steady-clock.ts';
import { MemoryStore } from '../memory-store.ts';
import type { Platform } from '../platform.ts';
import { type AbortLike, type FetchLike, pollTransport } from '../poll-transport.ts';
import { randomId53 } from '../random-id.ts';
import { type WebSocketLike, webSocketTransport } from '../web-socket-transport.ts';
import { streamTransport } from './stream-transport.ts';
import { PlainWebSocket } from './web-socket.ts';

const clock = new SteadyClock();

const setTimer = (run: () => void, ms: number): (() => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

const fillRandom = (words: Uint32Array): void => {
  webcrypto.getRandomValues(words);
};

export const nodePlatform: Platform = {
  nowMs: () => clock.read(performance.now(), Date.now()),
  fillRandom,
  setTimer,
  onOnline: () => () => {},
  transports: {
    websocket: webSocketTransport(createWebSocket, setTimer),
    poll: pollTransport({ fetch: fetch as unknown as FetchLike, createAbort: (): AbortLike => new AbortController(), setTimer }),
    stream: streamTransport,
  },
  defaultStore: () => new MemoryStore(randomId53(fillRandom)),
};

function createWebSocket(url: string, protocol: string): WebSocketLike {
  const { WebSocket: Standard } = globalThis as { WebSocket?: new (url: string, protocol: string) => WebSocketLike };
  return Standard === undefined ? new PlainWebSocket(url, protocol) : new Standard(url, protocol);
}
