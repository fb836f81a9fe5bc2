// A node over stores that fail, over one store twice, and at its end.
import { describe, expect, it } from 'vitest';
import { valueVersionKey } from '../../../core/model/keys.ts';
import { valueVersion } from '../../../core/model/values.ts';
import { encodeUtf8 } from '../../../core/protocol/utf8.ts';
import { MemoryStore } from '../../../core/store/memory/memory-store.ts';
import { createMemoryStore } from '../../../core/store/memory-adapter.ts';
import type { Store, WriteOutcome } from '../../../core/store/port.ts';
import { direct, FrameClient, frame, startTestNode } from '../../_util/test-node.ts';

/** A store whose writes can be made to fail. */
function breakableStore(): Store & { broken: boolean } {
  const inner = createMemoryStore();
  const store = {
    broken: false,
    write(request, done) {
      if (store.broken) queueMicrotask(() => done({ kind: 'failed', reason: 'unavailable' }));
      else inner.write(request, done);
    },
    get: inner.get,
    scan: inner.scan,
    compareAndSet(key, expected, value, done) {
      if (store.broken) queueMicrotask(() => done({ kind: 'failed', reason: 'unavailable' }));
      else inner.compareAndSet(key, expected, value, done);
    },
    close: inner.close,
  } satisfies Store & { broken: boolean };
  return store;
}

describe('a node', () => {
  it('is not ready while its store cannot write, and recovers by itself', async () => {
    const store = breakableStore();
    const node = await startTestNode({}, { store });
    const ready = async () => (await fetch(`${node.url}readyz`)).status;
    expect(await ready()).toBe(200);
    store.broken = true;
    await expect.poll(ready, { timeout: 5_000 }).toBe(503);
    expect((await fetch(`${node.url}healthz`)).status).toBe(200);
    store.broken = false;
    await expect.poll(ready, { timeout: 5_000 }).toBe(200);
  });

  it('finishes what it took, says goaway and closes when it stops', async () => {
    const model = new MemoryStore();
    const node = await startTestNode({}, { store: createMemoryStore(model) });
    const ann = await FrameClient.login(node, 'ann');
    const conversation = direct(ann.user, ann.user);
    ann.send(frame('send', { ...conversation, senderIdLow: 1, clientSeq: 1, sendIdLow: 2, kind: 1, body: encodeUtf8('note') }));
    await ann.expect('accepted');
    const stopped = node.stop();
    await ann.expect('goaway');
    expect(await ann.socket.closed()).toBe(4412);
    await stopped;
    await expect(fetch(`${node.url}healthz`)).rejects.toThrow();
    const again = await startTestNode({}, { store: createMemoryStore(model) });
    const late = await FrameClient.login(again, 'ann');
    expect(late.user).toBe(ann.user);
    late.send(frame('history', { ...conversation, requestId: 1, limit: 10 }));
    expect((await late.expect('page')).events).toHaveLength(1);
  });

  it('takes its port again at once, while connections of the node before linger', async () => {
    const model = new MemoryStore();
    let ports: Record<string, string> = {};
    for (let n = 0; n < 3; n++) {
      const node = await startTestNode(ports, { store: createMemoryStore(model) });
      const client = await FrameClient.login(node, 'ann');
      ports = { PARLEY_PORT: String(node.port), PARLEY_STREAM_PORT: String(node.streamPort) };
      await node.stop();
      expect(await client.socket.closed()).toBe(4412);
    }
  });

  it('refuses a store with values of a newer program before it serves anyone', async () => {
    const model = new MemoryStore();
    await (await startTestNode({}, { store: createMemoryStore(model) })).stop();
    const newer = createMemoryStore(model);
    const raised = await new Promise<WriteOutcome>((resolve) => {
      newer.compareAndSet(valueVersionKey, Uint8Array.of(valueVersion), Uint8Array.of(valueVersion + 1), resolve);
    });
    expect(raised).toEqual({ kind: 'ok' });
    await expect(startTestNode({}, { store: createMemoryStore(model) })).rejects.toThrow(
      `values of version ${valueVersion + 1}; this program knows ${valueVersion}`,
    );
  });

  it('keeps its store id', async () => {
    const model = new MemoryStore();
    const ids: unknown[] = [];
    for (let n = 0; n < 2; n++) {
      const node = await startTestNode({}, { store: createMemoryStore(model) });
      const client = await FrameClient.open(node);
      const { token } = (await (await fetch(`${node.url}v1/dev/token`, { method: 'POST', body: '{"name":"ann"}' })).json()) as {
        token: string;
      };
      client.send(frame('hello', { protocol: 1, token, deviceId: 1, tabId: 1, attempt: 1 }));
      const { storeIdHigh, storeIdLow } = await client.expect('welcome');
      ids.push([storeIdHigh, storeIdLow]);
      await node.stop();
    }
    expect(ids[0]).toEqual(ids[1]);
    expect(ids[0]).not.toEqual([0, 0]);
  });

  it('does not hold the memory of a client that reads nothing', async () => {
    const fast = { connectionFramesPerSecond: 1e6, connectionFramesBurst: 1e6, userSendsPerSecond: 1e6, userSendsBurst: 1e6 };
    const node = await startTestNode({}, { limits: { ...fast, laggingMaxMs: 1_000 } });
    const ann = await FrameClient.login(node, 'ann');
    const slow = await FrameClient.login(node, 'bob');
    const conversation = direct(ann.user, slow.user);
    const metric = async (name: string): Promise<number> => {
      const text = await (await fetch(`${node.url}metrics`)).text();
      return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1]);
    };
    const body = new Uint8Array(8_000).fill(65);
    for (let clientSeq = 1; clientSeq <= 20; clientSeq++) {
      ann.send(frame('send', { ...conversation, senderIdLow: 1, clientSeq, sendIdLow: clientSeq, kind: 1, body }));
      await ann.expect('accepted');
    }
    // Pages fill what the kernel holds for a reader who does not read, some megabytes; then the node's own queue grows.
    // Small pages: several that are under way at once must not reach the hard bound, where the node cuts without a word.
    slow.socket.pause();
    for (let requestId = 1; (await metric('parley_edge_pressed_total')) === 0; requestId++) {
      slow.send(frame('history', { ...conversation, requestId, limit: 4 }));
    }
    await expect.poll(() => metric('parley_edge_closed_slow_total'), { timeout: 10_000 }).toBe(1);
    expect(node.faults).toEqual([]);
  }, 60_000);
});
