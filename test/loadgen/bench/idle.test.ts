// Goal: the idle benchmark's words, and what it reads of a server from outside.
import { spawn } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { idleHelp, parseIdleArguments } from '../../../loadgen/bench/idle-arguments.ts';
import { IdleSession } from '../../../loadgen/bench/idle-session.ts';
import { Inspector } from '../../../loadgen/bench/inspector.ts';
import { metric } from '../../../loadgen/bench/store-rest.ts';
import { signToken } from '../../../loadgen/bench/tokens.ts';
import { freePort } from '../../../loadgen/free-port.ts';
import { startTestNode } from '../../_util/test-node.ts';

const secret = 'a secret of the test that is long enough';

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('the words', () => {
  it('have defaults and are taken', () => {
    expect(parseIdleArguments([])).toEqual({ connections: 18_000, bytesMax: 2_560, json: false });
    expect(parseIdleArguments(['--connections', '300', '--max-bytes', '9', '--json'])).toEqual({
      connections: 300,
      bytesMax: 9,
      json: true,
    });
    expect(parseIdleArguments(['--connections', '3000'])).toMatchObject({ bytesMax: 8_000 });
    expect(parseIdleArguments(['--help'])).toBeNull();
    expect(idleHelp).toContain('--connections');
  });

  it.each([
    [['--connections', '20000'], '--connections is a whole number from 100 to 19400'],
    [['--max-bytes', 'few'], '--max-bytes'],
    [['--bogus'], '--bogus'],
  ])('%j is wrong', (words, said) => {
    expect(parseIdleArguments(words)).toContain(said);
  });
});

it('a user logs in, keeps the connection by pings, and learns why it ends', async () => {
  const node = await startTestNode({ PARLEY_JWT_SECRET: secret, PARLEY_CREATE_USERS: 'true' });
  const target = { transport: 'websocket', port: node.port, localAddress: '127.0.0.2' } as const;
  const session = new IdleSession(target, signToken(secret, 'somebody'));
  onTestFinished(() => session.close());
  await until(() => session.state === 'live');
  session.pingAfter(0);
  const stranger = new IdleSession(target, 'no token');
  await until(() => stranger.state === 'lost');
  expect(stranger.farewell).toContain('tokenInvalid');
  expect([session.state, session.farewell]).toEqual(['live', '']);
});

describe('the inspector', () => {
  async function start(program: string): Promise<Inspector> {
    const port = await freePort();
    const child = spawn(process.execPath, [`--inspect=127.0.0.1:${port}`, '-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const inspector = await Inspector.connect(port);
    onTestFinished(() => inspector.close());
    return inspector;
  }

  it('collects garbage of the main thread', async () => {
    const garbage = 'for (let i = 0; i < 20; i++) new Array(1e6).fill(i + 0.5); console.log("ready"); setInterval(() => {}, 1000)';
    const inspector = await start(garbage);
    const before = await inspector.heap();
    await inspector.collectGarbage();
    const after = await inspector.heap();
    expect(before.heapUsedBytes - after.heapUsedBytes).toBeGreaterThan(8_000_000);
    expect(after.heapTotalBytes).toBeGreaterThanOrEqual(after.heapUsedBytes);
  });

  it('collects that of workers, too', async () => {
    const worker = `const { parentPort } = require('node:worker_threads'); let kept = new WeakRef({});
      setInterval(() => parentPort.postMessage(kept.deref() === undefined), 20)`;
    const program = `const { Worker } = require('node:worker_threads'); const worker = new Worker(${JSON.stringify(worker)}, { eval: true });
      worker.on('message', (gone) => { globalThis.gone = gone; if (!globalThis.told) { globalThis.told = true; console.log('ready'); } });
      process.memoryUsage = () => ({ heapUsed: globalThis.gone ? 1 : 0 })`;
    const inspector = await start(program);
    expect((await inspector.heap()).heapUsedBytes).toBe(0);
    await inspector.collectGarbage();
    let gone = 0;
    while (gone === 0) gone = (await inspector.heap()).heapUsedBytes;
    expect(gone).toBe(1);
  });
});

it('reads a metric', () => {
  const text = '# HELP a_b x\na_b 5\na_bc 7\n';
  expect([metric(text, 'a_b'), metric(text, 'a_bc')]).toEqual([5, 7]);
  expect(() => metric(text, 'a')).toThrow('no metric a');
});
