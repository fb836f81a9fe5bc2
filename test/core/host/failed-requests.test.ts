// Goal: a send by HTTP that finds the store down is kept and becomes exactly one event once the store is back. Method: a real node over a
// store in memory that a test takes away: writes fail, or nothing is answered well; the doors, the log and its disk are real.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FailedLog } from '../../../core/store/failed-log/failed-log.ts';
import { createMemoryStore } from '../../../core/store/memory-adapter.ts';
import type { GetResult, ScanRequest, ScanResult, Store, StoreWrite, Table, WriteOutcome } from '../../../core/store/port.ts';
import { developmentToken, startTestNode } from '../../_util/test-node.ts';
import { main } from '../cli/parley.ts';

const adminSecret = 'of-the-administrator-long-enough';

/** A store that can be taken away. */
class FickleStore implements Store {
  trouble: 'none' | 'writes' | 'all' = 'none';
  private readonly store = createMemoryStore();

  write(request: StoreWrite, done: (outcome: WriteOutcome) => void): void {
    if (this.trouble === 'none') this.store.write(request, done);
    else setTimeout(() => done({ kind: 'failed', reason: 'unavailable' }), 1);
  }

  get(table: Table, key: Uint8Array, done: (result: GetResult) => void): void {
    if (this.trouble !== 'all') this.store.get(table, key, done);
    else setTimeout(() => done({ kind: 'unavailable' }), 1);
  }

  scan(request: ScanRequest, done: (result: ScanResult) => void): void {
    if (this.trouble !== 'all') this.store.scan(request, done);
    else setTimeout(() => done({ kind: 'unavailable' }), 1);
  }

  compareAndSet(key: Uint8Array, expected: Uint8Array | null, value: Uint8Array, done: (outcome: WriteOutcome) => void): void {
    if (this.trouble === 'none') this.store.compareAndSet(key, expected, value, done);
    else setTimeout(() => done({ kind: 'failed', reason: 'unavailable' }), 1);
  }

  close(done: () => void): void {
    this.store.close(done);
  }
}

/** The command as a process, beside the node in this one. */
function parley(...args: string[]): Promise<{ readonly code: number; readonly out: string }> {
  const env = { ...process.env, PARLEY_ADMIN_SECRET: adminSecret };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { env }, (error, out) => resolve({ code: Number(error?.code ?? 0), out }));
  });
}

async function setUp() {
  const data = mkdtempSync(join(tmpdir(), 'parley-queued-'));
  const store = new FickleStore();
  const environment = { PARLEY_STORE: 'hbase', PARLEY_DATA: data, PARLEY_ADMIN_SECRET: adminSecret };
  const node = await startTestNode(environment, { store });
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  const call = async (
    name: string,
    method: string,
    path: string,
    body?: unknown,
    key = '',
  ): Promise<{ status: number; body: Record<string, unknown> }> => {
    const token = name === '' ? adminSecret : await developmentToken(node, name);
    const response = await fetch(`${node.url}v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(key === '' ? {} : { 'idempotency-key': key }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const ids = [(await call('ann', 'GET', 'me')).body.id as number, (await call('bob', 'GET', 'me')).body.id as number];
  const messages = `conversations/${Math.min(...ids)}-${Math.max(...ids)}/messages`;
  const bodies = async (): Promise<unknown[]> => {
    const { body } = await call('bob', 'GET', messages);
    return (body.events as { body: string }[]).map((event) => event.body);
  };
  return { data, store, node, call, messages, bodies };
}

describe('failed requests', () => {
  it.each(['writes', 'all'] as const)(
    'are kept while the store is down (%s), and become one event each, in their order',
    async (trouble) => {
      const { store, call, messages, bodies, node } = await setUp();
      expect((await call('ann', 'POST', messages, { body: 'before' }, 'k0')).status).toBe(201);
      store.trouble = trouble;
      // Its sender sends it again before the answer: kept once more, but it is the same send.
      const twice = await Promise.all([1, 2].map(() => call('ann', 'POST', messages, { body: 'one' }, 'k1')));
      expect(twice.map(({ status }) => status)).toEqual([202, 202]);
      expect(twice.map(({ body }) => body.queued).sort()).toEqual([1, 2]);
      expect(await call('bob', 'POST', messages, { body: 'two' }, 'k2')).toMatchObject({ status: 202, body: { queued: 3 } });
      const listed = await call('', 'GET', 'admin/failed-requests');
      expect(listed.body.requests).toMatchObject([
        { id: 1, user: 'ann', kind: 1, bytes: 3, idempotencyKey: 'k1' },
        { id: 2, user: 'ann' },
        { id: 3, user: 'bob', bytes: 3 },
      ]);
      store.trouble = 'none';
      await expect.poll(async () => (await call('', 'GET', 'admin/failed-requests')).body.requests, { timeout: 15_000 }).toEqual([]);
      expect(await bodies()).toEqual(['before', 'one', 'two']);
      // The key still gives the same event.
      expect(await call('ann', 'POST', messages, { body: 'one' }, 'k1')).toMatchObject({ status: 201, body: { seq: 2 } });
      expect(await (await fetch(`${node.url}metrics`)).text()).toContain('parley_failed_requests 0');
    },
    60_000,
  );

  it('leave the log when they are refused in the end', async () => {
    const { store, call } = await setUp();
    const { id } = (await call('ann', 'GET', 'me')).body;
    store.trouble = 'writes';
    expect(await call('ann', 'POST', `conversations/${id}-${2 ** 52 - 1}/messages`, { body: 'to nobody' }, 'k1')).toMatchObject({
      status: 202,
    });
    store.trouble = 'none';
    await expect
      .poll(async () => (await call('', 'POST', 'admin/failed-requests/replay')).body, { timeout: 15_000 })
      .toMatchObject({ left: 0 });
    expect((await call('', 'GET', 'admin/failed-requests')).body.requests).toEqual([]);
  }, 60_000);

  it('wait on the disk for the next start of the node', async () => {
    const { data, store, call, messages, node } = await setUp();
    store.trouble = 'writes';
    expect(await call('ann', 'POST', messages, { body: 'one' }, 'k1')).toMatchObject({ status: 202 });
    await node.stop();
    const log = await FailedLog.open(join(data, 'failed-requests'), () => {});
    expect(log.size).toBe(1);
    await log.close();
  }, 60_000);

  it('are shown and sent again by "parley failed"', async () => {
    const { store, call, messages, node } = await setUp();
    store.trouble = 'writes';
    await call('ann', 'POST', messages, { body: 'one' }, 'k1');
    const list = await parley('failed', 'list', '--url', node.url, '--json');
    expect(JSON.parse(list.out)).toMatchObject({ requests: [{ id: 1, user: 'ann', bytes: 3 }] });
    store.trouble = 'none';
    const replay = await parley('failed', 'replay', '--url', node.url, '--json');
    expect(replay.code).toBe(0);
    expect(JSON.parse(replay.out)).toMatchObject({ left: 0 });
    expect((await parley('failed', 'list', '--url', 'http://127.0.0.1:1/')).code).toBe(1);
    expect((await parley('failed', 'lost')).code).toBe(2);
  }, 60_000);
});
