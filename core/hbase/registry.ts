/**
 * Where a client begins: who holds hbase:meta, who is master. Asked of masters or region servers themselves (Registry.proto, since 2.5 both
 * answer), so no ZooKeeper is needed; `zookeeper.ts` is the other way.
 */
import type { Connections } from './connections.ts';
import { HBaseError, type ServerAddress } from './errors.ts';
import { readFields } from './fields.ts';
import type { HBaseLimits } from './limits.ts';
import { readServerName, type ServerName } from './server-name.ts';

export interface Registry {
  metaServer(): Promise<ServerName>;
  activeMaster(): Promise<ServerName>;
}

/** `host:port,host:port` as addresses. @throws TypeError */
export function parseAddresses(text: string, defaultPort: number): ServerAddress[] {
  return text.split(',').map((part) => {
    const found = /^\s*(\[[0-9a-fA-F:]+\]|[^:\s]+)(?::(\d{1,5}))?\s*$/.exec(part);
    if (found === null) throw new TypeError(`"${part}" is not host:port`);
    return { host: found[1].replace(/^\[|\]$/g, ''), port: found[2] === undefined ? defaultPort : Number(found[2]) };
  });
}

/** Asks the given masters or region servers, one after the other, beginning with the one that answered last. */
export class ServerRegistry implements Registry {
  private readonly servers: ServerAddress[];
  private readonly connections: Connections;
  private readonly limits: HBaseLimits;

  constructor(servers: readonly ServerAddress[], connections: Connections, limits: HBaseLimits) {
    this.servers = [...servers];
    this.connections = connections;
    this.limits = limits;
  }

  metaServer(): Promise<ServerName> {
    return this.ask('GetMetaRegionLocations', readMetaServer);
  }

  activeMaster(): Promise<ServerName> {
    return this.ask('GetActiveMaster', readMaster);
  }

  private async ask(method: string, read: (message: Uint8Array) => ServerName | null): Promise<ServerName> {
    let why = 'nobody knows yet';
    for (const server of [...this.servers]) {
      try {
        const call = { method, write: () => {} };
        const answer = await this.connections.call(server, 'ClientMetaService', call, this.limits.connectMsMax);
        const found = read(answer.message);
        if (found !== null) return found;
      } catch (error) {
        if (!(error instanceof HBaseError)) throw error;
        why = error.message;
      }
      this.servers.push(...this.servers.splice(this.servers.indexOf(server), 1));
    }
    throw new HBaseError(`${method}: ${why}`, { nextStep: 'backOff', applied: 'no' });
  }
}

/** RegionLocation of HBase.proto: the server is its second field; replicas of hbase:meta after the first are not used. */
function readMetaServer(message: Uint8Array): ServerName | null {
  let found: ServerName | null = null;
  readFields(message, (field, reader) => {
    if (field !== 1) return false;
    const location = reader.bytes();
    if (found === null) found = readField(location, 2);
    return true;
  });
  return found;
}

function readMaster(message: Uint8Array): ServerName | null {
  return readField(message, 1);
}

/** The server name in that field of the message. */
export function readField(message: Uint8Array, wanted: number): ServerName | null {
  let found: ServerName | null = null;
  readFields(message, (field, reader) => {
    if (field !== wanted) return false;
    found = readServerName(reader.bytes());
    return true;
  });
  return found;
}
