/** Which of a node's two roles a link frame is for. */
import { FrameType } from '../protocol/generated/frame-type.ts';

/** What concerns a session goes to the edge, everything else to the owner. */
export function isForEdge(type: number): boolean {
  return type === FrameType.toSession || type === FrameType.endSession || type === FrameType.loggedIn || type === FrameType.moved;
}
