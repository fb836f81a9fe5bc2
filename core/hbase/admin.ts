/**
 * Administration by way of the active master (Master.proto): tables, regions, the state of the cluster.
 *
 * What changes a table is a procedure of the master: its number is asked for until it is finished. A master that is not there yet is waited
 * for. No nonces are sent: a procedure whose answer was lost is seen by what it left behind.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { equalKeys } from './byte-strings.ts';
import type { Caller } from './caller.ts';
import { HBaseError } from './errors.ts';
import { bytesField, flagField, longField, messageField, numberField, readFields, type Writer } from './fields.ts';
import type { Answer } from './frames.ts';
import { writeRegion } from './query-messages.ts';
import type { Registry } from './registry.ts';
import { type RegionLocation, readServerName, type ServerName, writeRegionInfo, writeServerName, writeTableName } from './server-name.ts';
import { readTableSchema, type TableSchema, writeTableSchema } from './table-schema.ts';

export interface ClusterStatus {
  /** Such as 2.6.3. */
  readonly version: string;
  readonly clusterId: string;
  readonly servers: readonly ServerName[];
}

const pollMs = 50;
const finished = 2;

export class Admin {
  private readonly caller: Caller;
  private readonly registry: Registry;

  constructor(caller: Caller, registry: Registry) {
    this.caller = caller;
    this.registry = registry;
  }

  /** Makes a table of regions that begin at `splitKeys`. */
  createTable(table: TableSchema, splitKeys: readonly Uint8Array[] = []): Promise<void> {
    return this.run('CreateTable', (writer) => {
      messageField(writer, 1, (inner) => writeTableSchema(inner, table));
      for (const key of splitKeys) bytesField(writer, 2, key);
    });
  }

  /** Replaces the table's settings; its regions are opened anew one after the other. */
  modifyTable(table: TableSchema): Promise<void> {
    return this.run('ModifyTable', (writer) => {
      messageField(writer, 1, (inner) => writeTableName(inner, table.name));
      messageField(writer, 2, (inner) => writeTableSchema(inner, table));
    });
  }

  /** Closes the table, then removes it with all its rows. */
  async deleteTable(table: string): Promise<void> {
    const name = (writer: Writer): void => messageField(writer, 1, (inner) => writeTableName(inner, table));
    try {
      await this.run('DisableTable', name);
    } catch (error) {
      if (!(error instanceof HBaseError) || !error.javaClass.endsWith('TableNotEnabledException')) throw error;
    }
    await this.run('DeleteTable', name);
    this.caller.locator.cache.forget(table);
  }

  /** The table's settings; `null`: there is no such table. */
  async describe(table: string): Promise<TableSchema | null> {
    const answer = await this.call('GetTableDescriptors', (writer) => messageField(writer, 1, (inner) => writeTableName(inner, table)));
    let found: TableSchema | null = null;
    readFields(answer.message, (field, reader) => {
      if (field !== 1) return false;
      found = readTableSchema(reader.bytes());
      return true;
    });
    return found;
  }

  /** Every region of the table in order, as hbase:meta has them now. */
  regions(table: string): Promise<RegionLocation[]> {
    return this.caller.retry(true, () => this.caller.locator.regionsOf(table));
  }

  async status(): Promise<ClusterStatus> {
    const answer = await this.call('GetClusterStatus', () => {});
    let status: ClusterStatus = { version: '', clusterId: '', servers: [] };
    readFields(answer.message, (field, reader) => {
      if (field !== 1) return false;
      status = readStatus(reader.bytes());
      return true;
    });
    return status;
  }

  /** Moves the region to a server, or to one the master chooses, and waits until it is open there. */
  async move(region: RegionLocation, to: ServerName | null): Promise<void> {
    await this.call('MoveRegion', (writer) => {
      messageField(writer, 1, (inner) => writeEncodedName(inner, region.regionName));
      if (to !== null) messageField(writer, 2, (inner) => writeServerName(inner, to));
    });
    await this.until(region.table, (regions) => {
      const now = regions.find((each) => equalKeys(each.regionName, region.regionName));
      return now?.server !== null && now !== undefined && (to === null || now.server?.port === to.port);
    });
  }

  /** Splits the region at `key` and waits until both halves are open. */
  async split(region: RegionLocation, key: Uint8Array): Promise<void> {
    await this.run('SplitRegion', (writer) => {
      messageField(writer, 1, (inner) => writeRegionInfo(inner, region));
      bytesField(writer, 2, key);
    });
    await this.until(
      region.table,
      (regions) => regions.some((each) => equalKeys(each.startKey, key)) && regions.every((each) => each.server !== null),
    );
  }

  /** Makes one region of two neighbours and waits until it is open. */
  async merge(left: RegionLocation, right: RegionLocation): Promise<void> {
    await this.run('MergeTableRegions', (writer) => {
      for (const { regionName } of [left, right]) messageField(writer, 1, (inner) => writeEncodedName(inner, regionName));
    });
    await this.until(
      left.table,
      (regions) => !regions.some((each) => equalKeys(each.startKey, right.startKey)) && regions.every((each) => each.server !== null),
    );
  }

  /** Writes what the region holds in memory to files. */
  async flush(region: RegionLocation): Promise<void> {
    await this.callServer(region, 'FlushRegion', (writer) => writeRegion(writer, 1, region.regionName));
  }

  /** Has the region's files made into one; it is not waited for. */
  async compact(region: RegionLocation): Promise<void> {
    await this.callServer(region, 'CompactRegion', (writer) => {
      writeRegion(writer, 1, region.regionName);
      flagField(writer, 2, true);
    });
  }

  /** How many files the regions of this table on the region's server have. */
  async storeFiles(region: RegionLocation): Promise<number> {
    const answer = await this.callServer(region, 'GetRegionLoad', (writer) =>
      messageField(writer, 1, (inner) => writeTableName(inner, region.table)),
    );
    let files = 0;
    readFields(answer.message, (field, reader) => {
      if (field !== 1) return false;
      readFields(reader.bytes(), (inner, value) => {
        if (inner !== 3) return false;
        files += value.uint32();
        return true;
      });
      return true;
    });
    return files;
  }

  /** Ends master and region servers in order. */
  async shutdown(): Promise<void> {
    await this.call('Shutdown', () => {});
  }

  private callServer({ server }: RegionLocation, method: string, write: (writer: Writer) => void): Promise<Answer> {
    const { connections, limits } = this.caller;
    if (server === null)
      return Promise.reject(new HBaseError(`${method}: the region is not open`, { nextStep: 'relocate', applied: 'no' }));
    return connections.call(server, 'AdminService', { method, write }, limits.procedureMsMax);
  }

  private async run(method: string, write: (writer: Writer) => void): Promise<void> {
    const answer = await this.call(method, write);
    let id: bigint | string | null = null;
    readFields(answer.message, (field, reader) => {
      if (field !== 1) return false;
      id = reader.uint64();
      return true;
    });
    if (id !== null) await this.untilFinished(method, id);
  }

  private async untilFinished(method: string, id: bigint | string): Promise<void> {
    const endMs = performance.now() + this.caller.limits.procedureMsMax;
    for (;;) {
      const answer = await this.call('getProcedureResult', (writer) => longField(writer, 1, id));
      let state = 0;
      let failure = '';
      readFields(answer.message, (field, reader) => {
        if (field === 1) state = reader.int32();
        else if (field === 5) failure = readFailure(reader.bytes());
        else return false;
        return true;
      });
      if (failure !== '') throw new HBaseError(`${method}: ${failure}`, { nextStep: 'final', javaClass: failure.split(':', 1)[0] });
      if (state === finished) return;
      if (performance.now() > endMs) throw new HBaseError(`${method}: not finished in time`, { nextStep: 'final' });
      await delay(pollMs);
    }
  }

  private async until(table: string, holds: (regions: RegionLocation[]) => boolean): Promise<void> {
    const endMs = performance.now() + this.caller.limits.procedureMsMax;
    while (!holds(await this.regions(table))) {
      if (performance.now() > endMs) throw new HBaseError(`${table}: its regions did not settle in time`, { nextStep: 'final' });
      await delay(pollMs);
    }
  }

  private call(method: string, write: (writer: Writer) => void): Promise<Answer> {
    const { connections, limits } = this.caller;
    return this.caller.retry(
      true,
      async (leftMs) => connections.call(await this.registry.activeMaster(), 'MasterService', { method, write }, leftMs),
      limits.procedureMsMax,
    );
  }
}

/** The region by the hash at the end of its name, `….hash.`: the only form that MoveRegion takes. */
function writeEncodedName(writer: Writer, regionName: Uint8Array): void {
  const encodedNameBytes = 32;
  numberField(writer, 1, 2);
  bytesField(writer, 2, regionName.subarray(regionName.length - encodedNameBytes - 1, regionName.length - 1));
}

/** ClusterStatus: version in a message of its own, live servers, cluster id. */
function readStatus(message: Uint8Array): ClusterStatus {
  const status = { version: '', clusterId: '', servers: [] as ServerName[] };
  readFields(message, (field, reader) => {
    if (field === 1) status.version = firstText(reader.bytes());
    else if (field === 2) status.servers.push(firstServer(reader.bytes()));
    else if (field === 5) status.clusterId = firstText(reader.bytes());
    else return false;
    return true;
  });
  return status;
}

function firstText(message: Uint8Array): string {
  let text = '';
  readFields(message, (field, reader) => {
    if (field !== 1) return false;
    text = reader.string();
    return true;
  });
  return text;
}

function firstServer(message: Uint8Array): ServerName {
  let server: ServerName = { host: '', port: 0, startCode: 0 };
  readFields(message, (field, reader) => {
    if (field !== 1) return false;
    server = readServerName(reader.bytes());
    return true;
  });
  return server;
}

/** ForeignExceptionMessage: the exception within. */
function readFailure(message: Uint8Array): string {
  let text = 'failed';
  readFields(message, (field, reader) => {
    if (field !== 2) return false;
    let className = '';
    let why = '';
    readFields(reader.bytes(), (inner, value) => {
      if (inner === 1) className = value.string();
      else if (inner === 2) why = value.string();
      else return false;
      return true;
    });
    text = `${className}: ${why}`;
    return true;
  });
  return text;
}
