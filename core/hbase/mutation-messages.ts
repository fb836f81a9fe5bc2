/** Puts, deletes and conditions as messages of Client.proto and MultiRowMutation.proto, and their answers. */
import { latin1 } from './byte-strings.ts';
import { type Cell, CellType, decodeCells, encodeCells, latestTimestamp } from './cells.ts';
import { errorOf, HBaseError } from './errors.ts';
import { bytesField, messageField, numberField, type Reader, readFields, readInner, textField, type Writer } from './fields.ts';
import type { Answer } from './frames.ts';
import { encodeMutations } from './mutation-bytes.ts';
import { cellCountOf, type Get, writeGet, writeRegion } from './query-messages.ts';

export interface Put {
  readonly kind: 'put';
  readonly row: Uint8Array;
  readonly family: Uint8Array;
  readonly qualifier: Uint8Array;
  readonly value: Uint8Array;
  /** None: the server's clock. A put that may be sent twice needs one. */
  readonly timestamp?: number;
}

/** Removes a column's versions up to `timestamp`, or all of a family's columns. */
export interface Delete {
  readonly kind: 'delete';
  readonly row: Uint8Array;
  readonly family: Uint8Array;
  /** None: the whole family. */
  readonly qualifier?: Uint8Array;
  readonly timestamp?: number;
}

export type Mutation = Put | Delete;

/** The newest cell of a column must hold `expected`; `null`: it must not exist. */
export interface Condition {
  readonly row: Uint8Array;
  readonly family: Uint8Array;
  readonly qualifier: Uint8Array;
  readonly expected: Uint8Array | null;
}

/** How far a write must have come before its answer. `sync`: in the memory of every replica; `fsync`: on their disks. */
export const Durability = { tableDefault: 0, skipLog: 1, async: 2, sync: 3, fsync: 4 } as const;
export type Durability = (typeof Durability)[keyof typeof Durability];

const putType = 2;
const deleteType = 3;
const compareEqual = 2;
const binaryComparator = 'org.apache.hadoop.hbase.filter.BinaryComparator';
const nothing = new Uint8Array(0);

/** A mutation's one cell, for a cell block. */
export function cellOf(mutation: Mutation): Cell {
  const { row, family, timestamp = latestTimestamp } = mutation;
  const qualifier = mutation.qualifier ?? nothing;
  if (mutation.kind === 'put') return { row, family, qualifier, timestamp, type: CellType.put, value: mutation.value };
  const type = mutation.qualifier === undefined ? CellType.deleteFamily : CellType.deleteColumn;
  return { row, family, qualifier, timestamp, type, value: nothing };
}

/** "Must not exist" is said as equality with an empty value (Java CheckAndMutate.ifNotExists). */
export function writeCondition(writer: Writer, condition: Condition): void {
  bytesField(writer, 1, condition.row);
  bytesField(writer, 2, condition.family);
  bytesField(writer, 3, condition.qualifier);
  numberField(writer, 4, compareEqual);
  messageField(writer, 5, (comparator) => {
    textField(comparator, 1, binaryComparator);
    messageField(comparator, 2, (inner) => messageField(inner, 1, (bytes) => bytesField(bytes, 1, condition.expected ?? nothing)));
  });
}

/** MutateRequest: one mutation, with or without a condition on its row. */
export function writeMutate(writer: Writer, region: Uint8Array, mutation: Mutation, condition: Condition | null, how: Durability): void {
  writeRegion(writer, 1, region);
  writer.raw(encodeMutations(2, [mutation], how));
  if (condition !== null) messageField(writer, 3, (inner) => writeCondition(inner, condition));
}

/** Whether it was applied. */
export function readMutateAnswer({ message }: Answer): boolean {
  let processed = true;
  readFields(message, (field, reader) => {
    if (field !== 2) return false;
    processed = reader.bool();
    return true;
  });
  return processed;
}

const mutateRowsService = 'MultiRowMutationService';

/** All mutations and conditions of one call of MutateRows. Rows of one region; all or nothing. */
export interface MutateRows {
  readonly mutations: readonly Mutation[];
  readonly conditions: readonly Condition[];
  readonly durability: Durability;
}

/** MutateRows by way of ExecService: the endpoint is a coprocessor of the region (conditions since 2.5: HBASE-25703). */
export function writeMutateRows(writer: Writer, region: Uint8Array, { mutations, conditions, durability }: MutateRows): void {
  writeRegion(writer, 1, region);
  messageField(writer, 2, (call) => {
    bytesField(call, 1, mutations[0]?.row ?? conditions[0]?.row ?? nothing);
    textField(call, 2, mutateRowsService);
    textField(call, 3, 'MutateRows');
    messageField(call, 4, (request) => {
      request.raw(encodeMutations(1, mutations, durability));
      writeRegion(request, 4, region);
      for (const condition of conditions) messageField(request, 5, (inner) => writeCondition(inner, condition));
    });
  });
}

/** Whether all conditions held. A server before 2.5 knows no conditions, applies all and says nothing: that is an error here. */
export function readMutateRowsAnswer({ message }: Answer): boolean {
  let processed: boolean | null = null;
  readFields(message, (field, reader) => {
    if (field !== 2) return false;
    readFields(reader.bytes(), (inner, value) => {
      if (inner !== 2) return false;
      readFields(value.bytes(), (last, flag) => {
        if (last !== 1) return false;
        processed = flag.bool();
        return true;
      });
      return true;
    });
    return true;
  });
  if (processed === null)
    throw new HBaseError('MutateRows of this server knows no conditions: HBase 2.5 or later is needed', { nextStep: 'final' });
  return processed;
}

/** One entry of a batch. */
export type Action = Mutation | (Get & { readonly kind: 'get' });

/** Actions of one region in a Multi, each under its place in the caller's list. */
export interface RegionActions {
  readonly regionName: Uint8Array;
  readonly actions: readonly { readonly index: number; readonly action: Action }[];
}

/** MultiRequest, with the cells of its mutations in a block behind. */
export function writeMulti(writer: Writer, regions: readonly RegionActions[], durability: Durability): void {
  for (const { regionName, actions } of regions) {
    messageField(writer, 1, (region) => {
      writeRegion(region, 1, regionName);
      for (const { index, action } of actions) {
        messageField(region, 3, (inner) => {
          // 0 is the default and would not be sent: indices begin at 1.
          numberField(inner, 1, index + 1);
          if (action.kind === 'get') messageField(inner, 3, (get) => writeGet(get, action));
          else messageField(inner, 2, (mutation) => writeBlockMutation(mutation, action, durability));
        });
      }
    });
  }
}

function writeBlockMutation(writer: Writer, mutation: Mutation, durability: Durability): void {
  bytesField(writer, 1, mutation.row);
  numberField(writer, 2, mutation.kind === 'put' ? putType : deleteType);
  if (durability !== Durability.tableDefault) numberField(writer, 6, durability);
  numberField(writer, 8, 1);
}

export function multiCells(regions: readonly RegionActions[]): Uint8Array {
  const cells: Cell[] = [];
  for (const { actions } of regions) {
    for (const { action } of actions) if (action.kind !== 'get') cells.push(cellOf(action));
  }
  return encodeCells(cells);
}

export type ActionResult = readonly Cell[] | HBaseError;

/** Results of a Multi by the index of their action; a region's own exception stands for each of its actions. */
export function readMultiAnswer({ message, cells }: Answer, regions: readonly RegionActions[]): Map<number, ActionResult> {
  const results = new Map<number, ActionResult>();
  let region = 0;
  let at = 0;
  readFields(message, (field, reader) => {
    if (field !== 1) return false;
    const actions = regions[region]?.actions ?? [];
    region += 1;
    readInner(reader, (inner, part) => {
      if (inner === 2) {
        const error = readPairError(part.bytes());
        for (const { index } of actions) results.set(index, error);
        return true;
      }
      if (inner !== 1) return false;
      at = readResultOrException(part, cells, at, results);
      return true;
    });
    return true;
  });
  return results;
}

function readResultOrException(outer: Reader, block: Uint8Array, at: number, results: Map<number, ActionResult>): number {
  let index = 0;
  let result: ActionResult = [];
  readInner(outer, (field, reader) => {
    if (field === 1) index = reader.uint32();
    else if (field === 2) {
      const found: Cell[] = [];
      at = decodeCells(block, at, cellCountOf(reader.bytes()), found);
      result = found;
    } else if (field === 3) result = readPairError(reader.bytes());
    else return false;
    return true;
  });
  results.set(index - 1, result);
  return at;
}

/** NameBytesPair: the class of an exception, and it as text. */
function readPairError(message: Uint8Array): HBaseError {
  let className = '';
  let text = '';
  readFields(message, (field, reader) => {
    if (field === 1) className = reader.string();
    else if (field === 2) text = latin1(reader.bytes());
    else return false;
    return true;
  });
  return errorOf({ className, text, hostname: '', port: 0, doNotRetry: false, overloaded: false });
}

export const mutateRowsCoprocessor = 'org.apache.hadoop.hbase.coprocessor.MultiRowMutationEndpoint';
