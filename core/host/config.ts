/**
 * The node's configuration: environment variables, and flags of the command line that say the same.
 *
 * Method: one table of options, each with its variable, flag, default and check; help text and errors come from it.
 */
import { z } from 'zod';
import { ConfigError } from './errors.ts';

const port = z.coerce.number('must be a port').int('must be a port').min(0).max(65_535, 'must be a port');
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
/** 'auto' is decided when everything is read. */
const automatic = z.enum(['true', 'false', 'auto'], 'must be true, false or auto');

interface Option {
  readonly variable: string;
  readonly flag: string;
  readonly fallback: string;
  readonly schema: z.ZodType;
  readonly help: string;
}

export const options = {
  host: { variable: 'PARLEY_HOST', flag: 'host', fallback: '127.0.0.1', schema: z.string().min(1), help: 'address to listen on' },
  port: { variable: 'PARLEY_PORT', flag: 'port', fallback: '8080', schema: port, help: 'port of pages, API, WebSocket; 0: a free one' },
  data: { variable: 'PARLEY_DATA', flag: 'data', fallback: './data', schema: z.string().min(1), help: 'directory of the embedded store' },
  store: {
    variable: 'PARLEY_STORE',
    flag: 'store',
    fallback: 'embedded',
    schema: z.enum(['embedded', 'memory', 'hbase'], 'must be embedded, memory or hbase'),
    help: 'embedded: on disk; memory: gone at the end; hbase: tables made by parley hbase init',
  },
  hbaseMasters: {
    variable: 'PARLEY_HBASE_MASTERS',
    flag: 'hbase-masters',
    fallback: '',
    schema: z.string(),
    help: 'masters or region servers of HBase, host:port, comma-separated; no ZooKeeper is needed then',
  },
  hbaseQuorum: {
    variable: 'PARLEY_HBASE_QUORUM',
    flag: 'hbase-quorum',
    fallback: '',
    schema: z.string(),
    help: 'or its ZooKeeper quorum, host:port, comma-separated',
  },
  hbasePrefix: {
    variable: 'PARLEY_HBASE_PREFIX',
    flag: 'hbase-prefix',
    fallback: 'parley',
    schema: z.string().regex(/^[A-Za-z0-9]\w*$/, 'must be letters, digits and _'),
    help: 'begin of the names of the tables in HBase',
  },
  hbaseDurability: {
    variable: 'PARLEY_HBASE_DURABILITY',
    flag: 'hbase-durability',
    fallback: 'sync',
    schema: z.enum(['sync', 'fsync'], 'must be sync or fsync'),
    help: 'sync: in the memory of every replica before a send is accepted; fsync: on their disks',
  },
  redis: {
    variable: 'PARLEY_REDIS',
    flag: 'redis',
    fallback: '',
    schema: z.string(),
    help: 'cache of recent conversations: redis://host:port; several, comma-separated: a cluster; redis+sentinel://host:port,host:port/name',
  },
  streamPort: {
    variable: 'PARLEY_STREAM_PORT',
    flag: 'stream-port',
    fallback: 'off',
    schema: z
      .literal('off')
      .transform(() => -1)
      .or(port),
    help: 'port of raw TCP for load tools; off: none, 0: a free one',
  },
  jwtSecrets: {
    variable: 'PARLEY_JWT_SECRETS',
    flag: 'jwt-secrets',
    fallback: '',
    schema: list,
    help: 'HS256 secrets, comma-separated, all good at once (also PARLEY_JWT_SECRET: one)',
  },
  jwks: { variable: 'PARLEY_JWKS', flag: 'jwks', fallback: '', schema: z.string(), help: 'file or URL of a JWKS that signs tokens' },
  jwtIssuer: { variable: 'PARLEY_JWT_ISSUER', flag: 'jwt-issuer', fallback: '', schema: z.string(), help: 'required iss of tokens' },
  jwtAudience: { variable: 'PARLEY_JWT_AUDIENCE', flag: 'jwt-audience', fallback: '', schema: z.string(), help: 'required aud of tokens' },
  createUsers: {
    variable: 'PARLEY_CREATE_USERS',
    flag: 'create-users',
    fallback: 'auto',
    schema: automatic,
    help: 'a token with a new name makes the user: true, false; auto: in development mode only',
  },
  adminSecret: {
    variable: 'PARLEY_ADMIN_SECRET',
    flag: 'admin-secret',
    fallback: '',
    schema: z.string().refine((text) => text === '' || /^\S{16,}$/.test(text), 'must have 16 characters or more, none of them a space'),
    help: 'bearer of the admin API; empty: no admin API',
  },
  origins: {
    variable: 'PARLEY_ORIGINS',
    flag: 'origins',
    fallback: '',
    schema: list,
    help: 'further pages that may connect, comma-separated',
  },
  connectionsMax: {
    variable: 'PARLEY_CONNECTIONS_MAX',
    flag: 'connections-max',
    fallback: '0',
    schema: z.coerce.number('must be a number').int().min(0),
    help: 'most connections; 0: what the open-file limit allows',
  },
  log: {
    variable: 'PARLEY_LOG',
    flag: 'log',
    fallback: 'info',
    schema: z.enum(['debug', 'info', 'warn', 'error', 'silent'], 'must be debug, info, warn, error or silent'),
    help: 'debug, info, warn, error or silent',
  },
} as const satisfies Readonly<Record<string, Option>>;

export type OptionName = keyof typeof options;

export interface Config {
  /** No key for tokens is configured: the node signs tokens for everyone who asks. */
  readonly development: boolean;
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly store: 'embedded' | 'memory' | 'hbase';
  readonly hbaseMasters: string;
  readonly hbaseQuorum: string;
  readonly hbasePrefix: string;
  readonly hbaseDurability: 'sync' | 'fsync';
  /** '': none. */
  readonly redis: string;
  /** -1: off. */
  readonly streamPort: number;
  readonly jwtSecrets: readonly string[];
  readonly jwks: string;
  readonly jwtIssuer: string;
  readonly jwtAudience: string;
  readonly createUsers: boolean;
  readonly adminSecret: string;
  readonly origins: readonly string[];
  readonly connectionsMax: number;
  readonly log: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

const secretBytesMin = 32;

/**
 * Reads the configuration; a flag wins over its variable.
 * @throws ConfigError saying which value is wrong, and how it should be.
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  flags: Partial<Record<OptionName, string>> = {},
): Config {
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(options)) {
    const flag = flags[name as OptionName];
    const text = flag ?? environment[option.variable] ?? option.fallback;
    const result = option.schema.safeParse(text);
    const said = flag === undefined ? option.variable : `--${option.flag}`;
    if (!result.success) throw new ConfigError(`${said} is "${text}": ${result.error.issues[0].message} (${option.help})`);
    values[name] = result.data;
  }
  const config = values as unknown as Config;
  const single = environment.PARLEY_JWT_SECRET;
  const jwtSecrets = single === undefined || single === '' ? config.jwtSecrets : [single, ...config.jwtSecrets];
  for (const secret of jwtSecrets) {
    if (Buffer.byteLength(secret) < secretBytesMin) {
      throw new ConfigError(
        `a secret of PARLEY_JWT_SECRET(S) has fewer than ${secretBytesMin} bytes: make one with "openssl rand -hex 32"`,
      );
    }
  }
  const development = jwtSecrets.length === 0 && config.jwks === '';
  const createUsers = values.createUsers === 'auto' ? development : values.createUsers === 'true';
  return { ...config, jwtSecrets, development, createUsers };
}

/** The options as help text. */
export function describeOptions(): string {
  const rows = Object.values(options).map((option: Option) => {
    const fallback = option.fallback === '' ? '' : ` [${option.fallback}]`;
    return `  --${option.flag.padEnd(16)} ${option.variable.padEnd(23)} ${option.help}${fallback}`;
  });
  return rows.join('\n');
}
