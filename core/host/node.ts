/**
 * One running node: store, machines, doors; and its orderly end.
 *
 * Stopping: readiness says no and no connection is taken any more; the owner finishes and writes what it took, so that every answer still
 * goes out; then clients are sent away, and last the store is closed.
 */
import { accessSync, constants } from 'node:fs';
import type { Server } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Edge } from '../engine/edge/edge.ts';
import { Polls } from '../engine/edge/poll.ts';
import { Owner } from '../engine/owner.ts';
import { createApp } from '../gateway/app.ts';
import { developmentSecret } from '../gateway/auth/dev-tokens.ts';
import { createKeySet } from '../gateway/auth/jwks.ts';
import { Origins } from '../gateway/auth/origins.ts';
import { createTokenVerifier, type TokenVerifier } from '../gateway/auth/token-verifier.ts';
import { Pages } from '../gateway/http/pages.ts';
import { listenForStreams } from '../gateway/stream-listener.ts';
import { ErrorCode } from '../protocol/generated/codes.ts';
import { checkLimits, type Limits } from '../protocol/limits.ts';
import { openEmbeddedStore } from '../store/embedded/embedded-store.ts';
import { FailedLog } from '../store/failed-log/failed-log.ts';
import { createMemoryStore } from '../store/memory-adapter.ts';
import type { Store } from '../store/port.ts';
import type { Config } from './config.ts';
import { EngineLoop } from './engine-loop.ts';
import { ConfigError, StartError } from './errors.ts';
import { FailedRequestQueue } from './failed-requests.ts';
import { openHBaseStore } from './hbase.ts';
import { createLog, type Log } from './log.ts';
import { makeDirectories } from './make-directories.ts';
import { createMetrics } from './metrics.ts';
import { connectionsAllowed } from './open-files.ts';
import { packageVersion } from './package-version.ts';
import { type CacheBefore, openCache } from './redis.ts';
import { claimValueVersion, readOrCreateStoreId } from './store-identity.ts';
import { StoreProbe } from './store-probe.ts';
import { withoutRepeats } from './without-repeats.ts';

export interface Node {
  readonly url: string;
  readonly port: number;
  /** -1: off. */
  readonly streamPort: number;
  /** Anyone may sign in. */
  readonly development: boolean;
  stop(): Promise<void>;
}

export interface NodeOptions {
  /** Other limits than the defaults (tests). */
  readonly limits?: Partial<Limits>;
  /** A store instead of the configured one (tests). */
  readonly store?: Store;
  /** What ends the process when a machine threw; exit 70 by default. */
  readonly fatal?: (error: unknown) => void;
}

const exitInternal = 70;
const reconnectAfterMs = 2_000;
const drainPatienceMs = 6_000;
const lastWordsMs = 500;

/** Starts a node. @throws StartError that says what to do. */
export async function startNode(config: Config, options: NodeOptions = {}): Promise<Node> {
  const log = createLog(config);
  const limits = checkLimits(options.limits);
  const store = options.store ?? (await openStore(config, log));
  let before: CacheBefore | null = null;
  try {
    before = config.redis === '' ? null : await openCache(store, config, log);
    return await startOn(store, { config, options, log, limits, before });
  } catch (error) {
    await new Promise<void>((resolve) => (before?.store ?? store).close(resolve));
    throw error;
  }
}

interface Setting {
  readonly config: Config;
  readonly options: NodeOptions;
  readonly log: Log;
  readonly limits: Limits;
  /** The cache before the store; null: none. */
  readonly before: CacheBefore | null;
}

async function startOn(behind: Store, setting: Setting): Promise<Node> {
  const { config, log, limits, before } = setting;
  const store = before?.store ?? behind;
  const { development, createUsers } = config;
  const secret = development ? developmentSecret(config.store === 'embedded' ? resolve(config.data) : null) : null;
  const verifier = createVerifier(config, secret);
  const loop = await createLoop(store, verifier, setting);
  const connectionsMax = connectionsAllowed(config.connectionsMax);
  const failed = await openFailedRequests(loop, config, log);
  const app = createApp({
    engine: loop,
    origins: new Origins(config.origins),
    verifier,
    pages: new Pages(pagesDirectory()),
    developmentSecret: secret,
    adminSecret: config.adminSecret,
    failedRequests: failed,
    version: packageVersion(),
    connectionsMax,
    metrics: createMetrics(loop, {
      connectionsMax,
      storeStats: statsOf(behind),
      cache: before,
      failedRequests: failed === null ? null : () => failed.size,
    }),
    report: (error) => log.error({ err: error }, 'an HTTP handler failed'),
  });
  const port = await app.listen(config.host, config.port).catch(async (error: unknown) => {
    await failed?.close();
    app.close();
    loop.stop();
    throw new StartError(`cannot listen on ${config.host}:${config.port} (${errorCode(error)}); choose another with PARLEY_PORT or --port`);
  });
  const streams = config.streamPort < 0 ? null : await openStreams(loop, config, connectionsMax, app);
  loop.stepOwner({ kind: 'sweep' });
  const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}/`;
  const streamPort = portOf(streams);
  log.info({ url, streamPort, store: config.store, connectionsMax, bodyBytesMax: limits.bodyBytesMax, createUsers }, 'listening');
  if (!createUsers) log.info('new names are refused: users are made by POST /v1/admin/users, or set PARLEY_CREATE_USERS=true');
  if (development) {
    log.warn('DEVELOPMENT MODE: anyone who reaches this port may sign in under any name. Set PARLEY_JWT_SECRET or PARLEY_JWKS to end it.');
  }
  return { url, port, streamPort, development, stop: once(() => stopNode({ loop, app, streams, store, failed, log })) };
}

async function openStore(config: Config, log: Log): Promise<Store> {
  if (config.store === 'memory') return createMemoryStore();
  if (config.store === 'hbase') return openHBaseStore(config, log);
  const directory = resolve(config.data);
  try {
    makeDirectories(directory);
    accessSync(directory, constants.W_OK);
  } catch (error) {
    throw new StartError(`${directory} cannot be written (${errorCode(error)}); choose another directory with PARLEY_DATA or --data`);
  }
  try {
    return await openEmbeddedStore(directory, {
      report: withoutRepeats((what, repeated) => log.warn(repeated === 0 ? { directory } : { directory, repeated }, what)),
    });
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error));
  }
}

/** Of a store on other machines: what finds it down is kept here. */
async function openFailedRequests(loop: EngineLoop, config: Config, log: Log): Promise<FailedRequestQueue | null> {
  if (config.store !== 'hbase') return null;
  const directory = join(resolve(config.data), 'failed-requests');
  try {
    makeDirectories(directory);
    const failedLog = await FailedLog.open(directory, (what) => log.warn({ directory }, what));
    return new FailedRequestQueue(failedLog, loop, log);
  } catch (error) {
    throw new StartError(`the failed-request log: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function createVerifier(config: Config, secret: Uint8Array | null): TokenVerifier {
  const encoder = new TextEncoder();
  try {
    return createTokenVerifier({
      secrets: secret === null ? config.jwtSecrets.map((text) => encoder.encode(text)) : [secret],
      jwks: config.jwks === '' ? null : createKeySet(config.jwks),
      issuer: config.jwtIssuer === '' ? undefined : config.jwtIssuer,
      audience: config.jwtAudience === '' ? undefined : config.jwtAudience,
    });
  } catch (error) {
    throw new ConfigError(`PARLEY_JWKS is "${config.jwks}": ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function createLoop(store: Store, verifier: TokenVerifier, setting: Setting): Promise<EngineLoop> {
  const { limits, log, config, options } = setting;
  await claimValueVersion(store);
  const { high, low } = await readOrCreateStoreId(store);
  const directory = { ownerOf: () => 0 };
  const shared = { limits, directory, storeIdHigh: high, storeIdLow: low };
  const probe = new StoreProbe(store);
  const fatal = (error: unknown): void => {
    log.fatal({ err: error }, 'a machine did what is impossible: the process ends, the next start recovers');
    if (options.fatal === undefined) process.exit(exitInternal);
    options.fatal(error);
  };
  return new EngineLoop({
    limits,
    edge: new Edge(shared),
    polls: new Polls(limits),
    owner: new Owner({ ...shared, node: 0 }),
    store,
    createUsers: config.createUsers,
    verifyToken(token, answer) {
      verifier.verify(token).then(
        (verified) => answer(verified.ok ? verified : { code: verified.code }),
        (error: unknown) => {
          log.error({ err: error }, 'a token could not be verified');
          answer({ code: ErrorCode.unavailable });
        },
      );
    },
    probe: () => probe.ask(),
    fatal,
  });
}

async function openStreams(loop: EngineLoop, config: Config, connectionsMax: number, app: ReturnType<typeof createApp>): Promise<Server> {
  try {
    return await listenForStreams({ engine: loop, host: config.host, port: config.streamPort, connectionsMax });
  } catch (error) {
    app.close();
    loop.stop();
    throw new StartError(
      `cannot listen on ${config.host}:${config.streamPort} (${errorCode(error)}); choose another with PARLEY_STREAM_PORT`,
    );
  }
}

interface Running {
  readonly loop: EngineLoop;
  readonly app: ReturnType<typeof createApp>;
  readonly streams: Server | null;
  readonly store: Store;
  readonly failed: FailedRequestQueue | null;
  readonly log: Log;
}

async function stopNode({ loop, app, streams, store, failed, log }: Running): Promise<void> {
  log.info('stopping: finishing what was taken');
  loop.stopping = true;
  app.stopListening();
  streams?.close();
  loop.stepOwner({ kind: 'drain' });
  const wasDrained = await until(() => loop.owner.drained(), drainPatienceMs);
  if (!wasDrained) log.warn('not everything could be finished: clients will send the rest again');
  loop.drainEdge(reconnectAfterMs);
  await until(() => loop.connectionCount === 0, lastWordsMs);
  // Sockets get the time to take what was written.
  await pause(50);
  await failed?.close();
  loop.stop();
  app.close();
  await new Promise<void>((resolve) => store.close(resolve));
  log.info('stopped');
}

async function until(condition: () => boolean, patienceMs: number): Promise<boolean> {
  const end = performance.now() + patienceMs;
  while (!condition()) {
    if (performance.now() > end) return false;
    await pause(10);
  }
  return true;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolvePause) => setTimeout(resolvePause, ms));
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  return () => {
    running ??= work();
    return running;
  };
}

function portOf(server: Server | null): number {
  const address = server?.address();
  return typeof address === 'object' && address !== null ? address.port : -1;
}

function statsOf(store: Store): (() => object) | null {
  return 'stats' in store && typeof store.stats === 'function' ? () => (store as Store & { stats(): object }).stats() : null;
}

/** Beside this file in dist/; from the sources, the built pages of the tree. */
function pagesDirectory(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const top = join(here, '../..');
  return import.meta.url.endsWith('.ts') ? join(top, 'dist/dashboards/chat') : join(top, 'dashboards/chat');
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
