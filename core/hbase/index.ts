/** The HBase client's public face. It knows nothing of chat. */
export type { Admin, ClusterStatus } from './admin.ts';
export { compareKeys, equalKeys } from './byte-strings.ts';
export type { Cell } from './cells.ts';
export { HBaseClient, type HBaseOptions } from './client.ts';
export { HBaseError, type NextStep, type ServerAddress } from './errors.ts';
export { type HBaseLimits, hbaseLimits } from './limits.ts';
export {
  type Action,
  type ActionResult,
  type Condition,
  type Delete,
  Durability,
  type Mutation,
  mutateRowsCoprocessor,
  type Put,
} from './mutation-messages.ts';
export type { Columns, Get, Row, Scan } from './query-messages.ts';
export type { RegionLocation, ServerName } from './server-name.ts';
export type { FamilySchema, TableSchema } from './table-schema.ts';
