// Goal: what is written to a server that does not read arrives as it was, although arenas are used again.
import { createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { StreamSplitter } from '../../../core/protocol/stream.ts';
import { BenchSocket } from '../../../loadgen/bench/bench-socket.ts';

const messages = 400;
const messageBytes = 50_000;

it('keeps each message until it was sent', async () => {
  const firsts: number[] = [];
  let accepted: Socket | null = null;
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    accepted = socket;
    const splitter = new StreamSplitter(messageBytes);
    socket.on('data', (chunk: Uint8Array) => {
      splitter.push(chunk, (bytes, start, end) => {
        expect(end - start).toBe(messageBytes);
        expect(bytes[end - 1]).toBe(bytes[start]);
        firsts.push(bytes[start]);
      });
    });
    socket.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const socket = await new Promise<BenchSocket>((resolve) => {
    const opened = new BenchSocket(
      { transport: 'stream', port, localAddress: '127.0.0.1' },
      { onOpen: () => resolve(opened), onRun: () => {}, onClosed: () => {} },
    );
  });
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  for (let message = 0; message < messages; message++) {
    socket.gather().append(new Uint8Array(messageBytes).fill(message));
    socket.flush();
    await new Promise((resolve) => setImmediate(resolve));
  }
  (accepted as Socket | null)?.resume();
  while (firsts.length < messages) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(firsts).toEqual(Array.from({ length: messages }, (_, message) => message & 255));
});
