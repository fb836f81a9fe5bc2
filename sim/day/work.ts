/** Counted work of a day: what a capacity planner multiplies with measured unit costs. Everything here is the same in every run of a seed. */

export class Work {
  /** Frames and bytes between devices and nodes (bytes: of messages, as on the wire without its framing). */
  framesUp = 0;
  framesDown = 0;
  bytesUp = 0;
  bytesDown = 0;
  messagesUp = 0;
  messagesDown = 0;
  /** Between nodes. */
  framesPeer = 0;
  bytesPeer = 0;
  runsPeer = 0;
  /** Between the edge and the owner of one node, and between an owner and itself. */
  framesInside = 0;
  bytesInside = 0;
  runsInside = 0;
  /** Store calls if each slot's batch goes alone is `batches`; if a node's batches wait for the call under way: */
  joinedCalls = 0;
  batches = 0;
  /** Answers of the store, tokens verified, random words drawn. */
  completions = 0;
  /** Instants that devices and connections waited for, as they came. */
  timersFired = 0;
  /** Ticks that the machines asked for, and instants at which devices act. */
  timersOfNodes = 0;
  timersOfDevices = 0;
  connections = 0;
  /** Seconds on line of all devices: pings follow from it. */
  onlineTicks = 0;
  syncs = 0;
  pages = 0;
  pageEvents = 0;
  acks = 0;
  reads = 0;
  retries = 0;
  undelivered = 0;
}
