/**
 * The store on the rig's HBase, with tables of its own for each test: rows that were deleted would hide those of the next one, because the
 * timestamps of a fence that is gone begin anew.
 */
import { HBaseClient } from '../../../../core/hbase/index.ts';
import { HBaseStore } from '../../../../core/store/hbase/hbase-store.ts';
import { initTables } from '../../../../core/store/hbase/tables.ts';
import type { Store } from '../../../../core/store/port.ts';
import type { ConformanceTarget } from '../conformance.ts';

export class HBaseTarget implements ConformanceTarget {
  readonly name = 'hbase';
  private readonly client: HBaseClient;
  private readonly masters: string;
  private readonly prefix: string;
  private readonly tables: string[] = [];
  private opened = 0;

  constructor(masters: string, prefix: string) {
    this.masters = masters;
    this.prefix = prefix;
    this.client = new HBaseClient({ masters });
  }

  /** Two regions for users and groups, so that scans cross a border. */
  async open(): Promise<Store> {
    this.opened += 1;
    const prefix = `${this.prefix}_${this.opened}`;
    for (const { table } of await initTables(this.client, { prefix, regions: 2, compression: 'NONE' })) this.tables.push(table);
    return new HBaseStore({ client: { masters: this.masters }, prefix });
  }

  async dispose(): Promise<void> {}

  /** Removes all tables. */
  async end(): Promise<void> {
    await Promise.all(this.tables.map((table) => this.client.admin.deleteTable(table)));
    this.client.close();
  }
}
