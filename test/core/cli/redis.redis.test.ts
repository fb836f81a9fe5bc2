// A node with Redis before its store, as processes: pages from the cache, the same after kill -9 of the node and without Redis, metrics, doctor.
import { expect, it, onTestFinished } from 'vitest';
import { RedisServer, requireRedis } from '../../_util/redis-servers.ts';
import { newDirectory, parley, type Server, serve } from './parley.ts';

const secret = 'a secret of this test, 32 bytes or more';
const settings = { PARLEY_JWT_SECRET: secret, PARLEY_CREATE_USERS: 'true' };

async function startRedis(context: Parameters<typeof requireRedis>[0]): Promise<RedisServer> {
  const server = await RedisServer.start(requireRedis(context));
  onTestFinished(() => server.end());
  return server;
}

let token = '';

async function call(server: Server, method: string, path: string, body?: object, key = ''): Promise<unknown> {
  token ||= parley(['token', 'ann'], settings).out.trim();
  const headers = { authorization: `Bearer ${token}`, 'idempotency-key': key };
  const response = await fetch(`${server.url}v1/${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
}

async function metric(server: Server, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

it('answers pages from Redis, also a node that begins anew, and never what was deleted', async (context) => {
  const redis = await startRedis(context);
  const directory = newDirectory();
  const environment = { ...settings, PARLEY_REDIS: redis.url };
  const first = await serve(directory, environment);
  const { id } = (await call(first, 'GET', 'me')) as { id: number };
  const messages = `conversations/${id}-${id}/messages`;
  const texts = async (server: Server): Promise<string[]> => {
    const page = (await call(server, 'GET', messages)) as { events: { seq: number; kind: string; body: string }[] };
    return page.events.sort((left, right) => left.seq - right.seq).map(({ seq, body }) => `${seq} ${body}`);
  };
  for (const key of ['1', '2', '3']) await call(first, 'POST', messages, { body: `note ${key}` }, key);
  const written = ['1 note 1', '2 note 2', '3 note 3'];
  await expect
    .poll(async () => [await texts(first), await metric(first, 'parley_cache_hits_total')], { timeout: 5_000 })
    .toEqual([written, 1]);
  expect(await metric(first, 'parley_cache_age_seconds_count')).toBe(1);
  first.kill('SIGKILL');
  await first.exit;
  const second = await serve(directory, environment);
  expect(await texts(second)).toEqual(written);
  await expect.poll(() => metric(second, 'parley_redis_well')).toBe(1);
  await expect.poll(async () => [await texts(second), await metric(second, 'parley_cache_hits_total')].flat().at(-1)).toBeGreaterThan(0);
  await call(second, 'DELETE', `${messages}/2`, undefined, 'd');
  expect(await texts(second)).toEqual(['1 note 1', '2 ', '3 note 3', '4 ']);
  await redis.kill();
  expect(await texts(second)).toEqual(['1 note 1', '2 ', '3 note 3', '4 ']);
  await call(second, 'POST', messages, { body: 'without' }, '5');
  expect((await texts(second)).at(-1)).toBe('5 without');
  second.kill('SIGTERM');
  expect(await second.exit).toBe(0);
});

it('starts without Redis, and says so', async () => {
  const server = await serve(newDirectory(), { ...settings, PARLEY_REDIS: 'redis://127.0.0.1:1' });
  await call(server, 'GET', 'me');
  await expect.poll(() => server.log()).toContain('ECONNREFUSED');
});

it('is refused an address that means nothing', async () => {
  await expect(serve(newDirectory(), { ...settings, PARLEY_REDIS: 'localhost:6379' })).rejects.toThrow(
    /^exit 2: .*PARLEY_REDIS: must be redis:/s,
  );
});

it('doctor says what a Redis is and lacks', async (context) => {
  const redis = await startRedis(context);
  const doctor = (url: string): Record<string, { state: string; advice: string }> => {
    const { checks } = JSON.parse(parley(['doctor', '--json', '--redis', url], { ...settings, PARLEY_STORE: 'memory' }).out) as {
      checks: { check: string; state: string; advice: string }[];
    };
    return Object.fromEntries(checks.map(({ check, state, advice }) => [check, { state, advice }]));
  };
  const well = doctor(redis.url);
  expect(Object.keys(well)).toEqual(['configuration', 'open files', 'tokens', 'redis version', 'redis kind', 'redis time', 'redis memory']);
  expect([well['redis version'].state, well['redis kind'].state, well['redis memory']]).toEqual([
    'ok',
    'ok',
    { state: 'ok', advice: '64 MiB, allkeys-lru; persistence is not needed' },
  ]);
  await redis.using((client) => client.config('SET', 'maxmemory-policy', 'noeviction'));
  expect(doctor(redis.url)['redis memory']).toMatchObject({ state: 'warning', advice: expect.stringContaining('allkeys-lru') });
  await redis.using((client) => client.config('SET', 'requirepass', 'secret'));
  expect(doctor(redis.url).redis).toMatchObject({ state: 'failed', advice: expect.stringContaining('password') });
  expect(doctor(`redis://:secret@127.0.0.1:${redis.port}`)['redis kind'].state).toBe('ok');
  expect(doctor('redis://127.0.0.1:1').redis).toMatchObject({ state: 'failed', advice: expect.stringContaining('ECONNREFUSED') });
});
