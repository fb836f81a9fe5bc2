/**
 * A Node process's memory, seen from outside: asks its inspector (`node --inspect`) to collect garbage and to say what is left.
 *
 * Method: the few lines of the inspector's protocol that this takes, over a WebSocket by hand. Production code needs to know nothing of it.
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { Opcode, writeWebSocketFrame } from '../../core/client/node/web-socket-frames.ts';
import { opcodeText, WebSocketSplitter } from './web-socket-splitter.ts';

const answerBytesMax = 1024 * 1024;

export interface HeapFigures {
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  /** Memory of buffers and addons that the heap's objects hold. */
  readonly externalBytes: number;
}

interface Answer {
  readonly id?: number;
  readonly result?: { readonly result?: { readonly value?: unknown } };
  readonly error?: { readonly message: string };
  /** News that nobody asked for. */
  readonly method?: string;
  readonly params?: { readonly sessionId?: string; readonly message?: string };
}

export class Inspector {
  private readonly socket: Socket;
  private readonly waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  /** Of the process's worker threads. */
  private readonly workers: string[] = [];
  private lastId = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    const splitter = new WebSocketSplitter(answerBytesMax, () => socket.destroy(), opcodeText);
    const decoder = new TextDecoder();
    const visit = (bytes: Uint8Array, start: number, end: number): void => this.answered(decoder.decode(bytes.subarray(start, end)));
    socket.on('data', (chunk: Uint8Array) => {
      if (!splitter.push(chunk, visit)) socket.destroy();
    });
    socket.on('close', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('the inspector closed the connection'));
      this.waiting.clear();
    });
  }

  /** @throws when there is no inspector on this port. */
  static async connect(port: number): Promise<Inspector> {
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as readonly { readonly id: string }[];
    const id = targets[0]?.id;
    if (id === undefined) throw new Error('the inspector has no target');
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', () => socket.destroy());
    socket.write(
      `GET /${id} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\n` +
        `sec-websocket-key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
    const inspector = await new Promise<Inspector>((resolve, reject) => {
      socket.once('data', (chunk: Buffer) => {
        const text = chunk.toString('latin1');
        if (text.startsWith('HTTP/1.1 101') && text.endsWith('\r\n\r\n')) resolve(new Inspector(socket));
        else reject(new Error(`the inspector does not talk: ${text.slice(0, 100)}`));
      });
      socket.once('close', () => reject(new Error('the inspector does not answer')));
    });
    await inspector.ask('NodeWorker.enable', { waitForDebuggerOnStart: false });
    return inspector;
  }

  /** Of the main thread and of the workers: each has a heap of its own, and buffers outside it that only a collection gives back. */
  async collectGarbage(): Promise<void> {
    await this.ask('HeapProfiler.collectGarbage', {});
    await Promise.all(this.workers.map((worker) => this.askWorker(worker, 'HeapProfiler.collectGarbage')));
  }

  async heap(): Promise<HeapFigures> {
    const answer = await this.ask('Runtime.evaluate', { expression: 'JSON.stringify(process.memoryUsage())', returnByValue: true });
    const { heapUsed, heapTotal, external } = JSON.parse(String(answer.result?.result?.value)) as Record<string, number>;
    return { heapUsedBytes: heapUsed, heapTotalBytes: heapTotal, externalBytes: external };
  }

  close(): void {
    this.socket.destroy();
  }

  private ask(method: string, params: object): Promise<Answer> {
    const id = ++this.lastId;
    const text = JSON.stringify({ id, method, params });
    this.socket.write(writeWebSocketFrame(Opcode.text, Buffer.from(text), randomBytes(4)));
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  /** The worker's answer comes as news, under a number that is ours, too. */
  private async askWorker(sessionId: string, method: string): Promise<Answer> {
    const id = ++this.lastId;
    const answer = new Promise<Answer>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    await this.ask('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id, method, params: {} }) });
    return answer;
  }

  private answered(text: string): void {
    const answer = JSON.parse(text) as Answer;
    const { sessionId, message } = answer.params ?? {};
    if (answer.method === 'NodeWorker.attachedToWorker' && sessionId !== undefined) this.workers.push(sessionId);
    if (answer.method === 'NodeWorker.receivedMessageFromWorker' && message !== undefined) this.answered(message);
    if (answer.id === undefined) return;
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (answer.error !== undefined) waiting?.reject(new Error(`inspector: ${answer.error.message}`));
    else waiting?.resolve(answer);
  }
}
