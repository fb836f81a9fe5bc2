// Goal: which transport is taken, and the small WebSocket client of Node 20.
import { describe, expect, it } from 'vitest';
import { PlainWebSocket } from '../../../core/client/node/web-socket.ts';
import { FrameSplitter, Opcode, writeWebSocketFrame } from '../../../core/client/node/web-socket-frames.ts';
import type { Platform } from '../../../core/client/platform.ts';
import type { OpenTransport, TransportHandler } from '../../../core/client/transport.ts';
import { TransportChooser } from '../../../core/client/transport-choice.ts';
import { webSocketTransport } from '../../../core/client/web-socket-transport.ts';
import { encodeFrames } from '../../../core/protocol/codec.ts';
import { newPing } from '../../../core/protocol/generated/client-frames.ts';
import { FrameType } from '../../../core/protocol/generated/frame-type.ts';
import { developmentToken, frame, framesOf, startTestNode } from '../../_util/test-node.ts';

class Scene {
  readonly timers: { run: () => void; ms: number }[] = [];
  readonly probes: TransportHandler[] = [];
  moved = 0;
  readonly websocket: OpenTransport = (_url, _token, handler) => {
    this.probes.push(handler);
    return { send: () => {}, close: () => handler.onClose(0) };
  };
  readonly poll: OpenTransport = () => ({ send: () => {}, close: () => {} });
  readonly platform: Platform = {
    nowMs: () => 0,
    fillRandom: () => {},
    setTimer: (run, ms) => {
      const timer = { run, ms };
      this.timers.push(timer);
      return () => this.timers.splice(this.timers.indexOf(timer), 1);
    },
    onOnline: () => () => {},
    transports: { websocket: this.websocket, poll: this.poll },
    defaultStore: () => {
      throw new Error('none');
    },
  };
  readonly chooser = new TransportChooser(this.platform, 'auto', () => {
    this.moved++;
  });
}

describe('auto', () => {
  it('takes WebSocket, and polls in turn while it does not open', () => {
    const scene = new Scene();
    expect(scene.chooser.next()).toBe(scene.websocket);
    scene.chooser.failed();
    expect(scene.chooser.next()).toBe(scene.poll);
    scene.chooser.failed();
    expect(scene.chooser.next()).toBe(scene.websocket);
  });

  it('returns to WebSocket once one opens beside the polls', () => {
    const scene = new Scene();
    scene.chooser.failed();
    scene.chooser.worked('http://x');
    scene.timers.shift()?.run();
    scene.probes.shift()?.onClose(0);
    expect(scene.moved).toBe(0);
    const later = scene.timers.shift();
    expect(later?.ms).toBeGreaterThan(15_000);
    later?.run();
    scene.probes.shift()?.onOpen();
    expect(scene.moved).toBe(1);
    expect(scene.chooser.next()).toBe(scene.websocket);
  });
});

describe('WebSocket frames', () => {
  const payload = (length: number) => Uint8Array.from({ length }, (_, index) => index & 0xff);

  it.each([0, 1, 125, 126, 65_535, 65_536])('a message of %d bytes, in one piece or cut anywhere', (length) => {
    const whole = serverFrame(0x82, payload(length));
    const cuts = length > 200 ? [1, 2, 3, 9, 10, 11, whole.length - 1] : whole.map((_, index) => index);
    for (const cut of cuts) {
      const seen = collect(whole.subarray(0, cut), whole.subarray(cut));
      expect(seen).toEqual([`message ${length}`]);
    }
  });

  it('joins fragments, shows pings between them, and the close code', () => {
    const parts = [
      serverFrame(0x02, payload(3)),
      serverFrame(0x89, payload(1)),
      serverFrame(0x80, payload(4)),
      serverFrame(0x88, Uint8Array.of(0x11, 0x31)),
    ];
    expect(collect(...parts)).toEqual(['ping 1', 'message 7', 'close 4401']);
  });

  it('gives up at what is not the protocol', () => {
    expect(collect(serverFrame(0xc2, payload(1)))).toEqual(['bad']);
    expect(collect(writeWebSocketFrame(Opcode.binary, payload(1), payload(4)))).toEqual(['bad']);
    expect(collect(Uint8Array.of(0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0))).toEqual(['bad']);
    expect(collect(serverFrame(0x83, payload(1)), serverFrame(0x82, payload(1)))).toEqual(['bad']);
  });
});

it('the small WebSocket client speaks with a real node', async () => {
  const node = await startTestNode();
  const token = await developmentToken(node, 'plain');
  const types: number[] = [];
  await new Promise<void>((resolve, reject) => {
    const open = webSocketTransport(
      (url, protocol) => new PlainWebSocket(url, protocol),
      (run, ms) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    );
    const transport = open(node.url, '', {
      onOpen: () => transport.send(encodeFrames([frame('hello', { protocol: 1, token, deviceId: 1, tabId: 1, attempt: 1 }), newPing()])),
      onMessage: (bytes) => {
        types.push(...framesOf(bytes).map(({ type }) => type));
        if (types.includes(FrameType.live)) transport.close();
      },
      onClose: (code) => (code === 0 ? resolve() : reject(new Error(`closed with ${code}`))),
    });
  });
  expect(types).toContain(FrameType.welcome);
  expect(types).toContain(FrameType.pong);
});

it('a refused upgrade and a closed port end with onClose', async () => {
  const node = await startTestNode();
  for (const url of [`${node.url}nowhere`, 'http://127.0.0.1:1']) {
    await new Promise<void>((resolve) => {
      const socket = new PlainWebSocket(url.replace('http', 'ws'), 'parley.v1');
      socket.onclose = () => resolve();
    });
  }
});

/** An unmasked frame, as a server writes it. */
function serverFrame(first: number, payload: Uint8Array): Uint8Array {
  const masked = writeWebSocketFrame(first & 0x0f, payload, new Uint8Array(4));
  const headerBytes = masked.length - payload.length - 4;
  const bytes = new Uint8Array(headerBytes + payload.length);
  bytes.set(masked.subarray(0, headerBytes));
  bytes[0] = first;
  bytes[1] &= 0x7f;
  bytes.set(payload, headerBytes);
  return bytes;
}

function collect(...chunks: Uint8Array[]): string[] {
  const seen: string[] = [];
  const splitter = new FrameSplitter({
    onMessage: (bytes) => seen.push(`message ${bytes.byteLength}`),
    onPing: (bytes) => seen.push(`ping ${bytes.length}`),
    onClose: (code) => seen.push(`close ${code}`),
    onBad: () => seen.push('bad'),
  });
  for (const chunk of chunks) splitter.push(chunk);
  return seen;
}
