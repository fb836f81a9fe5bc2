/** The store on the HBase of the rig (`npm run rig`), for commands: the rig is another program, started and stopped as such. */
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { HBaseClient, HBaseError } from '../../core/hbase/index.ts';
import { HBaseStore } from '../../core/store/hbase/hbase-store.ts';
import { initTables, tableName } from '../../core/store/hbase/tables.ts';
import { Table } from '../../core/store/port.ts';

const rigProgram = 'dist/test/rig/cli.js';

export interface RigStore {
  /** A store as a node that starts has it: it knows nothing yet. */
  open(): HBaseStore;
  /** Moves and splits regions of users until the function it gives is called, which tells how often. */
  moveRegions(): () => Promise<Moved>;
  /** Removes the tables; stops the rig if it was started here. */
  end(): Promise<void>;
}

export interface Moved {
  readonly moves: number;
  readonly splits: number;
  /** Orders that HBase did not take. */
  readonly refused: number;
}

const refusedMs = 200;

/** Tables of their own under `prefix`, in the rig that runs, or in one started for it. */
export async function openHBaseOfRig(prefix: string): Promise<RigStore> {
  const isOwn = (await rig('status')).state !== 'running';
  const { masters } = await rig(isOwn ? 'start' : 'status');
  const client = new HBaseClient({ masters });
  const tables = await initTables(client, { prefix, regions: 2, compression: 'NONE' });
  const report = (what: string): void => console.error(what);
  return {
    open: () => new HBaseStore({ client: { masters }, prefix, report }),
    moveRegions: () => mover(client, tableName(prefix, Table.users)),
    end: async () => {
      await Promise.all(tables.map(({ table }) => client.admin.deleteTable(table)));
      client.close();
      if (isOwn) await rig('stop');
    },
  };
}

/** One region after the other moves to the next server; at first some split at partitions, so that few are left in each. */
function mover(client: HBaseClient, table: string): () => Promise<Moved> {
  const splitAt = [48, 32, 16, 8].map((partition) => Uint8Array.of(0, partition, 0));
  const moved = { moves: 0, splits: 0, refused: 0 };
  let isOver = false;
  const run = async (): Promise<void> => {
    for (let round = 0; !isOver; round += 1) {
      const regions = await client.admin.regions(table);
      const region = regions[round % regions.length];
      const at = round % 4 === 3 ? splitAt[0] : undefined;
      try {
        if (at === undefined) {
          await client.admin.move(region, null);
          moved.moves += 1;
        } else {
          // The first region shrinks with each: its lower part is split again.
          await client.admin.split(regions[0], at);
          splitAt.shift();
          moved.splits += 1;
        }
      } catch (error) {
        // A region that is just being opened or split can be neither moved nor split.
        if (!(error instanceof HBaseError)) throw error;
        moved.refused += 1;
        await delay(refusedMs);
      }
    }
  };
  const running = run();
  return async () => {
    isOver = true;
    await running;
    return moved;
  };
}

export interface RigAnswer {
  readonly state: string;
  readonly masters: string;
  readonly quorum: string;
  /** '': none. */
  readonly redis: string;
  readonly pids: Readonly<Record<string, number>>;
}

/** Runs an action of `npm run rig`. */
export async function rig(action: string, ...words: readonly string[]): Promise<RigAnswer> {
  const { stdout } = await promisify(execFile)(process.execPath, [rigProgram, action, ...words, '--json']);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as RigAnswer;
}
