/**
 * Where Redis is, from one line of configuration:
 * `redis://[user:password@]host[:port][/db]` one server (`rediss://` with TLS); several of them, comma-separated: nodes of a cluster;
 * `redis+sentinel://[user:password@]host[:port],host…/name[/db]` the master that these sentinels call `name` (`rediss+sentinel://` with TLS).
 */
export interface RedisHost {
  readonly host: string;
  readonly port: number;
}

export interface RedisAddress {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  readonly hosts: readonly RedisHost[];
  readonly tls: boolean;
  readonly username: string;
  readonly password: string;
  readonly db: number;
  /** Of the master, by which sentinels know it. */
  readonly name: string;
}

const form = /^(rediss?)(\+sentinel)?:\/\/(?:([^@/]*)@)?([^/?#@]+)(?:\/([^?#]*))?$/;
const redisPort = 6_379;
const sentinelPort = 26_379;
const forms = 'redis://[user:password@]host[:port][/db], several of them for a cluster, or redis+sentinel://host[:port],host…/name';

/** @throws TypeError that says how it should be; the password does not stand in it */
export function readRedisAddress(text: string): RedisAddress {
  const addresses = text.split(/,(?=[a-z+]+:\/\/)/).map((part) => readOne(part.trim()));
  const [first] = addresses;
  if (addresses.length === 1) return first;
  if (addresses.some(({ kind }) => kind === 'sentinel')) throw new TypeError('sentinels stand in one URL, separated by commas');
  if (addresses.some(({ db }) => db !== 0)) throw new TypeError('a cluster has no databases: leave out what follows the port');
  const differs = addresses.some(
    ({ tls, username, password }) => tls !== first.tls || username !== first.username || password !== first.password,
  );
  if (differs) throw new TypeError('all nodes of a cluster take the same user, password and TLS');
  return { ...first, kind: 'cluster', hosts: addresses.flatMap(({ hosts }) => hosts) };
}

/** For logs: without password. */
export function describeRedis({ kind, hosts, name }: RedisAddress): string {
  const where = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(', ');
  if (kind === 'single') return where;
  return kind === 'cluster' ? `cluster at ${where}` : `"${name}" of the sentinels ${where}`;
}

function readOne(text: string): RedisAddress {
  const match = form.exec(text);
  if (match === null) throw new TypeError(`must be ${forms}`);
  const [, scheme, sentinel, account = '', places, path = ''] = match;
  const isSentinel = sentinel !== undefined;
  const hosts = places.split(',').map((place) => readHost(place, isSentinel ? sentinelPort : redisPort));
  if (!isSentinel && hosts.length > 1) throw new TypeError('each node of a cluster has a URL of its own: redis://a,redis://b');
  const words = path.split('/').filter((word) => word !== '');
  const name = isSentinel ? decode(words.shift() ?? '') : '';
  if (isSentinel && name === '') throw new TypeError('sentinels know their master by a name: redis+sentinel://host,host/name');
  const db = Number(words.shift() ?? '0');
  if (!Number.isInteger(db) || db < 0 || words.length > 0) throw new TypeError(`must be ${forms}`);
  const [username, password] = readAccount(account);
  return { kind: isSentinel ? 'sentinel' : 'single', hosts, tls: scheme === 'rediss', username, password, db, name };
}

function readHost(place: string, defaultPort: number): RedisHost {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(place.trim());
  const port = Number(match?.[3] ?? defaultPort);
  if (match === null || port < 1 || port > 65_535) throw new TypeError(`must be ${forms}`);
  return { host: match[1] ?? match[2], port };
}

/** `user:password`, `:password`, or, as many write it, the password alone. */
function readAccount(account: string): readonly [username: string, password: string] {
  const colon = account.indexOf(':');
  if (colon < 0) return ['', decode(account)];
  return [decode(account.slice(0, colon)), decode(account.slice(colon + 1))];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError('a % in user, password or name must be written %25');
  }
}
