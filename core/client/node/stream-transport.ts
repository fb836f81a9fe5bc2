/**
 * Messages over raw TCP: `[u32 length][run of frames]`. `url`: `tcp://host:port`.
 */
import { connect } from 'node:net';
import { StreamSplitter, streamHeaderBytes } from '../../protocol/stream.ts';
import type { OpenTransport } from '../transport.ts';

/** Longest message of the server: what a connection's queue may hold. */
const messageBytesMax = 2 * 1024 * 1024;

export const streamTransport: OpenTransport = (url, _token, handler) => {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const splitter = new StreamSplitter(messageBytesMax);
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    socket.destroy();
    handler.onClose(0);
  };
  socket.on('connect', () => handler.onOpen());
  socket.on('data', (chunk: Uint8Array) => {
    const isWhole = splitter.push(chunk, (bytes, from, to) => {
      if (!ended) handler.onMessage(bytes.subarray(from, to));
    });
    if (!isWhole) end();
  });
  socket.on('error', end);
  socket.on('close', end);
  return {
    send: (bytes) => {
      if (ended) return;
      const header = new Uint8Array(streamHeaderBytes);
      new DataView(header.buffer).setUint32(0, bytes.length);
      socket.cork();
      socket.write(header);
      socket.write(bytes);
      socket.uncork();
    },
    close: () => {
      if (!ended) socket.end();
    },
  };
};
