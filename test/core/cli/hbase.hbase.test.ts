// A node on a real HBase, as processes: tables made, checked, messages that survive kill -9, and what is said where something is missing.
import { afterAll, expect, it } from 'vitest';
import { HBaseClient } from '../../../core/hbase/index.ts';
import { onHBase } from '../../_util/on-hbase.ts';
import { newDirectory, parley, type Server, serve } from './parley.ts';

interface Doctor {
  readonly ok: boolean;
  readonly checks: readonly { readonly check: string; readonly state: string; readonly advice: string }[];
}

onHBase('parley on a real HBase', ({ masters, quorum }) => {
  const prefix = `cli${process.pid}`;
  const secret = 'a secret of this test, 32 bytes or more';
  const environment = {
    PARLEY_STORE: 'hbase',
    PARLEY_HBASE_MASTERS: masters,
    PARLEY_HBASE_PREFIX: prefix,
    PARLEY_JWT_SECRET: secret,
    PARLEY_CREATE_USERS: 'true',
  };
  const doctor = (more: Readonly<Record<string, string>> = {}): Doctor =>
    JSON.parse(parley(['doctor', '--json'], { ...environment, ...more }).out) as Doctor;

  afterAll(async () => {
    const client = new HBaseClient({ masters });
    await Promise.all(['users', 'groups', 'names', 'cluster'].map((table) => client.admin.deleteTable(`${prefix}_${table}`)));
    client.close();
  });

  it('says that the tables are missing, makes them once, and finds all well', async () => {
    expect(doctor().checks.at(-1)).toMatchObject({
      check: 'hbase tables',
      state: 'failed',
      advice: expect.stringContaining('parley hbase init'),
    });
    await expect(serve(newDirectory(), environment)).rejects.toThrow('parley hbase init');
    const made = parley(['hbase', 'init', '--regions', '2', '--json'], environment);
    const tables = ['users', 'groups', 'names', 'cluster'].map((table) => ({ table: `${prefix}_${table}`, made: true }));
    expect(JSON.parse(made.out)).toEqual({ ok: true, compression: 'NONE', tables });
    expect(parley(['hbase', 'init'], environment)).toMatchObject({ code: 0, out: expect.stringContaining('was there') });
    const { ok, checks } = doctor();
    expect(checks.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(checks.map(({ check }) => check)).toEqual([
      'configuration',
      'open files',
      'tokens',
      'hbase version',
      'hbase tables',
      'hbase endpoint',
      'hbase clock',
    ]);
    expect(ok).toBe(true);
  });

  it('serves messages, also after kill -9 and a start by ZooKeeper', async () => {
    const first = await serve(newDirectory(), environment);
    const ann = tokenOf('ann');
    const { id } = (await (await call(first, ann, 'GET', 'me')).json()) as { id: number };
    const messages = `conversations/${id}-${id}/messages`;
    for (const key of ['1', '2', '3']) expect((await call(first, ann, 'POST', messages, key)).status).toBe(201);
    first.kill('SIGKILL');
    await first.exit;
    const second = await serve(newDirectory(), { ...environment, PARLEY_HBASE_MASTERS: '', PARLEY_HBASE_QUORUM: quorum });
    expect((await call(second, ann, 'POST', messages, '4')).status).toBe(201);
    const page = (await (await call(second, ann, 'GET', messages)).json()) as { events: { seq: number }[] };
    expect(page.events.map(({ seq }) => seq).sort()).toEqual([1, 2, 3, 4]);
    second.kill('SIGTERM');
    expect(await second.exit).toBe(0);
  });

  it('says what to do where no HBase answers, or none is named', () => {
    const nowhere = doctor({ PARLEY_HBASE_MASTERS: '127.0.0.1:1' });
    expect(nowhere.checks.at(-1)).toMatchObject({
      check: 'hbase version',
      state: 'failed',
      advice: expect.stringContaining('ECONNREFUSED'),
    });
    expect(doctor({ PARLEY_HBASE_MASTERS: '' }).checks.at(-1)?.advice).toContain('PARLEY_HBASE_QUORUM');
    expect(parley(['hbase', 'init', '--compression', 'BEST'], environment)).toMatchObject({ code: 2 });
    expect(parley(['hbase', 'drop'], environment)).toMatchObject({ code: 2 });
  });

  function tokenOf(name: string): string {
    return parley(['token', name], environment).out.trim();
  }

  function call(server: Server, token: string, method: string, path: string, key: string = ''): Promise<Response> {
    const headers = { authorization: `Bearer ${token}`, 'idempotency-key': key };
    return fetch(`${server.url}v1/${path}`, { method, headers, ...(method === 'POST' ? { body: '{"body":"note"}' } : {}) });
  }
});
