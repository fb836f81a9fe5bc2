/**
 * `npm run bench:idle -- --json`: memory of the server for each idle connection. `--help` says how.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { machine, revision } from '../environment.ts';
import { freePort } from '../free-port.ts';
import { BenchServer, freshDirectory } from './bench-server.ts';
import { type IdleArguments, idleHelp, parseIdleArguments } from './idle-arguments.ts';
import type { IdleAnswer, IdleOrder, IdleTask } from './idle-clients.ts';
import { Inspector } from './inspector.ts';
import { rssBytes } from './process-figures.ts';
import { slope } from './slope.ts';
import { storeAtRest } from './store-rest.ts';

const clientsPath = fileURLToPath(new URL('idle-clients.js', import.meta.url));
/** Of the connections at the end: where the slope begins, and the points between. */
const shares = [5 / 18, 9 / 18, 14 / 18, 1];
const readings = 5;
const betweenReadingsMs = 400;

interface Level {
  readonly connections: number;
  readonly rssBytes: number;
  /** In use, of V8's main heap. */
  readonly heapBytes: number;
  /** Taken from the system for it. */
  readonly heapTotalBytes: number;
  readonly externalBytes: number;
}

async function main(): Promise<number> {
  const found = parseIdleArguments(process.argv.slice(2));
  if (found === null) {
    process.stdout.write(idleHelp);
    return 0;
  }
  if (typeof found === 'string') {
    process.stderr.write(`npm run bench:idle: ${found}\n\n${idleHelp}`);
    return 2;
  }
  const started = performance.now();
  const levels = await measure(found);
  const perConnection = (pick: (level: Level) => number): number =>
    Math.round(slope(levels.map((level) => [level.connections, pick(level)] as const)));
  const rssBytesPerConnection = perConnection((level) => level.rssBytes);
  const result = {
    ok: rssBytesPerConnection <= found.bytesMax,
    connections: found.connections,
    rssBytesPerConnection,
    heapBytesPerConnection: perConnection((level) => level.heapBytes),
    heapTotalBytesPerConnection: perConnection((level) => level.heapTotalBytes),
    externalBytesPerConnection: perConnection((level) => level.externalBytes),
    bytesMax: found.bytesMax,
    levels,
    seconds: Math.round((performance.now() - started) / 100) / 10,
    machine: { ...machine(), ...revision() },
  };
  process.stdout.write(found.json ? `${JSON.stringify(result)}\n` : `${JSON.stringify(result, null, 2)}\n`);
  return result.ok ? 0 : 1;
}

/** The users are made first, by another server on the same directory: what the store remembers of that is not memory of a connection. */
async function measure({ connections }: IdleArguments): Promise<Level[]> {
  const directory = freshDirectory();
  try {
    await withServer(directory, [], async (server, clients) => {
      await connectAll(clients, connections);
      await storeAtRest(server.port);
    });
    process.stderr.write(`${connections} users made; the server starts anew\n`);
    const inspectPort = await freePort();
    const levels: Level[] = [];
    await withServer(directory, [`--inspect=127.0.0.1:${inspectPort}`], async (server, clients) => {
      const inspector = await Inspector.connect(inspectPort);
      for (const share of shares) levels.push(await measureLevel(Math.round(connections * share), server, clients, inspector));
      inspector.close();
    });
    return levels;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

type Work = (server: BenchServer, clients: ChildProcess) => Promise<void>;

async function withServer(directory: string, nodeFlags: readonly string[], work: Work): Promise<void> {
  const server = await BenchServer.start({ core: null, nodeFlags, directory });
  const task: IdleTask = { port: server.port, secret: server.secret };
  const clients = fork(clientsPath, [JSON.stringify(task)]);
  try {
    await work(server, clients);
  } finally {
    clients.kill('SIGKILL');
    await server.stop();
  }
}

async function measureLevel(connections: number, server: BenchServer, clients: ChildProcess, inspector: Inspector): Promise<Level> {
  await connectAll(clients, connections);
  await storeAtRest(server.port);
  const level = { connections, ...(await leastMemory(server, inspector)) };
  process.stderr.write(`${connections} connections: RSS ${inMb(level.rssBytes)} MB, heap ${inMb(level.heapBytes)} MB\n`);
  // Asked once more: those that were there before must still be.
  await connectAll(clients, connections);
  return level;
}

function connectAll(clients: ChildProcess, connections: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('the clients ended'));
    clients.once('exit', ended);
    clients.once('message', (message) => {
      clients.off('exit', ended);
      const { live, trouble } = message as IdleAnswer;
      if (trouble === '' && live === connections) resolve();
      else reject(new Error(trouble === '' ? `${connections - live} of ${connections} connections were lost` : trouble));
    });
    const order: IdleOrder = { connections };
    clients.send(order);
  });
}

/** The lowest of some readings, each after a collection: what is there anyway. */
async function leastMemory(server: BenchServer, inspector: Inspector): Promise<Omit<Level, 'connections'>> {
  const none = Number.POSITIVE_INFINITY;
  let least = { rssBytes: none, heapBytes: none, heapTotalBytes: none, externalBytes: none };
  for (let reading = 0; reading < readings; reading++) {
    await inspector.collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, betweenReadingsMs));
    const { heapUsedBytes, heapTotalBytes, externalBytes } = await inspector.heap();
    least = {
      rssBytes: Math.min(least.rssBytes, rssBytes(server.pid)),
      heapBytes: Math.min(least.heapBytes, heapUsedBytes),
      heapTotalBytes: Math.min(least.heapTotalBytes, heapTotalBytes),
      externalBytes: Math.min(least.externalBytes, externalBytes),
    };
  }
  return least;
}

function inMb(bytes: number): number {
  return Math.round(bytes / 1024 / 102.4) / 10;
}

process.exitCode = await main();
