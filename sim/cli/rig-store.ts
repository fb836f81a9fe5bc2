/** The store on the HBase of the rig (`npm run rig`), for commands: the rig is another program, started and stopped as such. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { HBaseClient } from '../../core/hbase/index.ts';
import { HBaseStore } from '../../core/store/hbase/hbase-store.ts';
import { initTables } from '../../core/store/hbase/tables.ts';

const rigProgram = 'dist/test/rig/cli.js';

export interface RigStore {
  /** A store as a node that starts has it: it knows nothing yet. */
  open(): HBaseStore;
  /** Removes the tables; stops the rig if it was started here. */
  end(): Promise<void>;
}

/** Tables of their own under `prefix`, in the rig that runs, or in one started for it. */
export async function openHBaseOfRig(prefix: string): Promise<RigStore> {
  const isOwn = (await rig('status')).state !== 'running';
  const { masters } = await rig(isOwn ? 'start' : 'status');
  const client = new HBaseClient({ masters });
  const tables = await initTables(client, { prefix, regions: 2, compression: 'NONE' });
  const report = (what: string): void => console.error(what);
  return {
    open: () => new HBaseStore({ client: { masters }, prefix, report }),
    end: async () => {
      await Promise.all(tables.map(({ table }) => client.admin.deleteTable(table)));
      client.close();
      if (isOwn) await rig('stop');
    },
  };
}

export interface RigAnswer {
  readonly state: string;
  readonly masters: string;
  readonly quorum: string;
  readonly pids: Readonly<Record<string, number>>;
}

/** Runs an action of `npm run rig`. */
export async function rig(action: string, ...words: readonly string[]): Promise<RigAnswer> {
  const { stdout } = await promisify(execFile)(process.execPath, [rigProgram, action, ...words, '--json']);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as RigAnswer;
}
