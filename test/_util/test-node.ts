// A node of the real parts on free ports, and clients that speak frames to it.
import { onTestFinished } from 'vitest';
import { readConfig } from '../../core/host/config.ts';
import { type Node, type NodeOptions, startNode } from '../../core/host/node.ts';
import { decodeFrame, encodeFrames, RunReader } from '../../core/protocol/codec.ts';
import { type FrameName, FrameType } from '../../core/protocol/generated/frame-type.ts';
import type { Frame } from '../../core/protocol/generated/frames.ts';
import { newFrame } from '../../core/protocol/generated/frames.ts';
import { openSocket, type SocketClient } from './socket-client.ts';

type FrameOf<Name extends FrameName> = Extract<Frame, { type: (typeof FrameType)[Name] }>;

/** A frame with zeros except for `fields`. */
export function frame<Name extends FrameName>(name: Name, fields: Partial<Omit<FrameOf<Name>, 'type'>> = {}): FrameOf<Name> {
  return Object.assign(newFrame(FrameType[name]), fields) as FrameOf<Name>;
}

/** Starts a node that ends with the test. */
export async function startTestNode(
  environment: Readonly<Record<string, string>> = {},
  options: NodeOptions = {},
): Promise<Node & { readonly faults: unknown[] }> {
  const faults: unknown[] = [];
  const config = readConfig({ PARLEY_PORT: '0', PARLEY_STORE: 'memory', PARLEY_LOG: 'silent', PARLEY_STREAM_PORT: '0', ...environment });
  const node = await startNode(config, { fatal: (error) => faults.push(error), ...options });
  onTestFinished(async () => {
    await node.stop();
    if (faults.length > 0) throw faults[0];
  });
  return Object.assign(node, { faults });
}

/** Where a node is, in this process or in one of its own. */
export type NodeAddress = Pick<Node, 'url' | 'port'>;

export async function developmentToken(node: NodeAddress, name: string): Promise<string> {
  const response = await fetch(`${node.url}v1/dev/token`, { method: 'POST', body: JSON.stringify({ name }) });
  const { token } = (await response.json()) as { token: string };
  return token;
}

/** All frames of a run. */
export function framesOf(bytes: Uint8Array): Frame[] {
  const run = new RunReader(Number.MAX_SAFE_INTEGER);
  const frames: Frame[] = [];
  run.reset(bytes);
  while (run.next()) {
    const decoded = decodeFrame(bytes, run.frameStart, run.frameEnd);
    if ('failed' in decoded) throw new Error(`not a frame: ${decoded.reason}`);
    frames.push(decoded);
  }
  if (run.failure !== '') throw new Error(`not a run: ${run.failure}`);
  return frames;
}

/** A client on a WebSocket that says what a test tells it. */
export class FrameClient {
  readonly socket: SocketClient;
  user = 0;
  private readonly received: Frame[] = [];

  constructor(socket: SocketClient) {
    this.socket = socket;
  }

  static async open(node: NodeAddress): Promise<FrameClient> {
    return new FrameClient(await openSocket({ port: node.port, protocol: 'parley.v1' }));
  }

  /** Opens, says hello as `name` and waits until live. */
  static async login(node: NodeAddress, name: string, tabId = 1): Promise<FrameClient> {
    const client = await FrameClient.open(node);
    client.send(frame('hello', { protocol: 1, token: await developmentToken(node, name), deviceId: 1, tabId, attempt: 1 }));
    const welcome = await client.expect('welcome');
    client.user = welcome.user;
    await client.expect('live');
    return client;
  }

  send(...frames: Frame[]): void {
    this.socket.send(encodeFrames(frames));
  }

  /** The next frame of this name; those before it are dropped. */
  async expect<Name extends FrameName>(name: Name): Promise<FrameOf<Name>> {
    for (;;) {
      const next = await this.next();
      if (next === null) throw new Error(`closed with ${this.socket.closeCode} while waiting for ${name}`);
      if (next.type === FrameType[name]) return next as FrameOf<Name>;
    }
  }

  async next(): Promise<Frame | null> {
    while (this.received.length === 0) {
      const message = await this.socket.next();
      if (message === null) return null;
      this.received.push(...framesOf(new Uint8Array(message)));
    }
    return this.received.shift() ?? null;
  }
}

/** The conversation of two users. */
export function direct(one: number, other: number): { conversationA: number; conversationB: number } {
  return { conversationA: Math.min(one, other), conversationB: Math.max(one, other) };
}
