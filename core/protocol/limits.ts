/**
 * Every limit and interval that protocol and engine know, by name, with their relations asserted at start.
 *
 * Method: one frozen default; a host or the simulator passes an altered copy (small worlds, swarm) through `checkLimits`.
 */

export const defaultLimits = Object.freeze({
  // ---- frames
  /** Longest frame a client may send. */
  frameBytesMax: 16 * 1024,
  /** Longest frame on a link, or of a page. */
  linkFrameBytesMax: 256 * 1024,
  bodyBytesMax: 8 * 1024,
  tokenBytesMax: 4 * 1024,
  nameBytesMax: 128,
  idempotencyKeyBytesMax: 128,
  errorMessageBytesMax: 256,
  pageEventsMax: 200,
  pageBytesMax: 192 * 1024,
  syncItemsMax: 64,
  namesItemsMax: 64,
  listEntriesMax: 100,
  watermarksMax: 256,
  // ---- sends
  /** W of DESIGN 4: outcomes kept a sender, and sends open a sender. */
  windowSends: 8,
  idempotencyKeepMs: 7 * 24 * 3600 * 1000,
  // ---- slots and batches
  batchBytesMax: 512 * 1024,
  batchRowsMax: 4096,
  /** Upper users' entries, watermarks and closed obligations ride in the slot's next batch, at the latest after this. */
  lazyWriteMs: 1000,
  unknownRetryMs: 200,
  unknownMaxMs: 10_000,
  /** A batch that definitely fails is sent again for so long, then rolled back and its senders are told `retry`. */
  failedMaxMs: 2_000,
  /** Frames that wait for a claim or a load, in bytes a slot. */
  parkedBytesMax: 1024 * 1024,
  /** Offline verdicts that wait for a cold owner to become warm. */
  coldVerdictsMax: 100_000,
  retryAfterMs: 250,
  obligationsPerSlotMax: 10_000,
  /** The home owner tells an unconfirmed event again after this. */
  confirmMs: 5_000,
  /** The sweep for open obligations repeats a failed read at the latest after this… */
  sweepRetryMaxMs: 5_000,
  /** …and waits while so many slots are being claimed. */
  sweepClaimsMax: 64,
  /** A first send waits at most so long for the peer's owner to answer `askUser`. */
  askUserMs: 3_000,
  readsPerSlotMax: 1_000,
  conversationsLoadedMax: 200_000,
  usersLoadedMax: 200_000,
  /** Inbox entries in memory over all users. Beyond it clean ones leave memory, and who resumes or lists reads them again. */
  entriesLoadedMax: 1_000_000,
  /** Of those loaded, so many stand as objects; others that are clean rest as bytes. */
  conversationsInUseMax: 8_192,
  entriesInUseMax: 16_384,
  sendersPerConversationLoadedMax: 64,
  recentChangesKeepMs: 600_000,
  // ---- cluster
  /** Each node renews its heartbeat, and looks at the assignment, so often. */
  heartbeatMs: 1_000,
  /** An owner serves so long from the issue of its last successful heartbeat. */
  leaseMs: 5_000,
  /** Successive scans in which a heartbeat must stand still (and for a lease) before its node is declared dead. */
  deadScans: 6,
  /** While more than half stand still nothing is changed, for so long. */
  freezeMs: 30_000,
  /** A node whose clock is further off the coordinator's takes no new partitions… */
  clockOffMs: 1_000,
  /** …and gives up those it has. */
  clockFarOffMs: 10_000,
  nodesMax: 4_096,
  /** A partition that was taken away: its slots are written out and released, or after so long just let go. */
  releaseMs: 3_000,
  // ---- sessions
  helloMs: 5_000,
  tokenGraceMs: 30_000,
  pingMs: 25_000,
  idleMs: 60_000,
  sessionsPerUserMax: 32,
  bookmarkMs: 1_000,
  registerMs: 3_000,
  entriesPerChunk: 200,
  unackedConversationsMax: 64,
  // ---- connections
  connectionQueueBytesMax: 1024 * 1024,
  laggingMaxMs: 60_000,
  connectionFramesPerSecond: 200,
  connectionFramesBurst: 400,
  userSendsPerSecond: 100,
  userSendsBurst: 200,
  // ---- poll
  pollWaitMs: 25_000,
  pollSessionMs: 60_000,
  pollAnswerBytesMax: 256 * 1024,
  // ---- client
  ackRepeatMs: 5_000,
  sendRepeatMs: 5_000,
  requestMs: 10_000,
  reconnectBaseMs: 250,
  reconnectMaxMs: 20_000,
  outboxSendsMax: 1_000,
  typingRepeatMs: 3_000,
  typingShownMs: 5_000,
});

export type Limits = { readonly [Name in keyof typeof defaultLimits]: number };

/**
 * Returns the defaults with `changes`, after every relation between limits was checked.
 * @throws Error naming the relation that does not hold.
 */
export function checkLimits(changes: Partial<Limits> = {}): Limits {
  const limits: Limits = { ...defaultLimits, ...changes };
  const holds: readonly (readonly [string, boolean])[] = [
    ['bodyBytesMax + 1024 <= frameBytesMax', limits.bodyBytesMax + 1024 <= limits.frameBytesMax],
    ['tokenBytesMax + 1024 <= frameBytesMax', limits.tokenBytesMax + 1024 <= limits.frameBytesMax],
    ['pageBytesMax + frameBytesMax <= linkFrameBytesMax', limits.pageBytesMax + limits.frameBytesMax <= limits.linkFrameBytesMax],
    ['linkFrameBytesMax <= connectionQueueBytesMax', limits.linkFrameBytesMax <= limits.connectionQueueBytesMax],
    ['linkFrameBytesMax <= pollAnswerBytesMax', limits.linkFrameBytesMax <= limits.pollAnswerBytesMax],
    ['windowSends >= 1', limits.windowSends >= 1],
    ['unknownRetryMs < unknownMaxMs', limits.unknownRetryMs < limits.unknownMaxMs],
    ['2 * pingMs < idleMs (one lost ping does not close)', 2 * limits.pingMs < limits.idleMs],
    ['idleMs <= 60000 (half-open connections end within a minute)', limits.idleMs <= 60_000],
    ['pollWaitMs < pollSessionMs', limits.pollWaitMs < limits.pollSessionMs],
    ['lazyWriteMs < confirmMs (else every event is told twice)', limits.lazyWriteMs < limits.confirmMs],
    ['3 * heartbeatMs <= leaseMs (two heartbeats may fail)', 3 * limits.heartbeatMs <= limits.leaseMs],
    ['deadScans * heartbeatMs >= leaseMs', limits.deadScans * limits.heartbeatMs >= limits.leaseMs],
    ['leaseMs < freezeMs (a freeze outlasts a slow store)', limits.leaseMs < limits.freezeMs],
    ['clockOffMs < clockFarOffMs', limits.clockOffMs < limits.clockFarOffMs],
    ['reconnectBaseMs <= reconnectMaxMs', limits.reconnectBaseMs <= limits.reconnectMaxMs],
  ];
  for (const [name, ok] of holds) {
    if (!ok) throw new Error(`limits: ${name} does not hold`);
  }
  return Object.freeze(limits);
}
