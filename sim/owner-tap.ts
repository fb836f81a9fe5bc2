/** Notes in the history which node claims a slot, and which answers of it depend on being its only owner. */

import { Tag } from '../core/model/keys.ts';
import { partitionOf, slotOf } from '../core/model/partition.ts';
import { forEachRow } from '../core/model/row-batch.ts';
import { readFence } from '../core/model/values.ts';
import { decodeFrame } from '../core/protocol/codec.ts';
import { ErrorCode } from '../core/protocol/generated/codes.ts';
import { FrameType } from '../core/protocol/generated/frame-type.ts';
import { RowOp, Table } from '../core/store/port.ts';
import type { Recorder } from './recorder.ts';

const fenceKeyBytes = 4;

/** A batch of `node` took effect: does it claim a slot? */
export function noteClaim(recorder: Recorder, node: string, ops: Uint8Array): void {
  let isFirst = true;
  forEachRow(ops, (op, table, keyAt, valueAt, end) => {
    if (!isFirst) return;
    isFirst = false;
    if (op !== RowOp.put || table !== Table.users || valueAt - keyAt !== fenceKeyBytes || ops[keyAt + 3] !== Tag.fence) return;
    const fence = readFence(ops.subarray(valueAt, end));
    if (fence.batch > 0 || fence.released) return;
    const slot = slotName((ops[keyAt] << 8) | ops[keyAt + 1], ops[keyAt + 2]);
    recorder.add({ process: node, type: 'info', op: 'claim', slot, epoch: fence.epoch, assignment: fence.assignment });
  });
}

/** A link frame leaves an owner. */
export function noteServed(recorder: Recorder, node: string, bytes: Uint8Array, start: number, end: number): void {
  const type = bytes[start];
  if (type !== FrameType.toSession && type !== FrameType.offline) return;
  const frame = decodeFrame(bytes, start, end);
  if ('failed' in frame) throw new Error(`an owner sent a frame that cannot be read: ${frame.reason}`);
  if (frame.type === FrameType.offline) {
    recorder.add({ process: node, type: 'info', op: 'served', slot: slotOfUser(frame.user), what: 'verdict' });
  } else if (frame.type === FrameType.toSession && frame.frame[0] === FrameType.page) {
    const page = decodeFrame(frame.frame);
    if ('failed' in page || page.type !== FrameType.page) return;
    if (page.code !== ErrorCode.ok && page.code !== ErrorCode.reset) return;
    recorder.add({ process: node, type: 'info', op: 'served', slot: slotOfUser(page.conversationA), what: 'page' });
  }
}

function slotOfUser(user: number): string {
  return slotName(partitionOf(user), slotOf(user));
}

function slotName(partition: number, slot: number): string {
  return `${partition}/${slot}`;
}
