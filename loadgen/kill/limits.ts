/** Times and sizes of the kill test. */

export const killLimits = Object.freeze({
  // ---- who
  users: 48,
  /** The first so many users keep outbox and cursors in a file, and their program is killed now and then, too. */
  fileUsers: 6,
  /** Every so-manyth user has a second device. */
  secondDeviceEvery: 4,
  /** A user talks with the users so many places further on, and with those who reach it so. */
  peerSteps: [0, 1, 2, 3, 5, 8, 13],
  /** Pairs of users who get much of the traffic: their sends meet in one conversation. */
  hotPairs: [
    [0, 1],
    [10, 11],
    [20, 21],
  ],
  lateDevices: 6,
  // ---- what
  /** Messages a second. */
  rateDefault: 1_500,
  /** Below this part of it the kills did not come in the middle of the traffic that was asked for: 1,000 a second at the default. */
  ratePartMin: 2 / 3,
  bodyBytes: 100,
  /** Of a thousand writes: edits, deletions, those after which the writer reads, those of the hot pairs. */
  editPermille: 30,
  deletePermille: 10,
  readPermille: 100,
  hotPermille: 250,
  /** Messages to the user of a client that was killed, in conversations nobody writes into again; then so long until the server's kill. */
  lastWords: 4,
  lastWordsMsMax: 300,
  /** Sends at once before a kill within a burst. */
  burstSends: 400,
  turnMs: 5,
  /** Of writes that are late: so many turns' worth at once, and none that are later than this. */
  catchUpTurns: 4,
  behindMsMax: 1_000,
  /** Own messages remembered a conversation, to edit or delete. */
  ownSeqsMax: 32,
  // ---- when
  startMsMax: 30_000,
  recoverMsMax: 60_000,
  /** A kill under traffic waits until the outboxes hold at most what is written in so long, or so long for it: a burst does not. */
  backlogMs: 1_000,
  backlogWaitMsMax: 10_000,
  /** Traffic between a recovery and the next kill. */
  trafficMsMin: 200,
  trafficMsMax: 1_500,
  /** From a burst to the kill in it. */
  burstMsMax: 30,
  /** A kill during recovery comes at a random part of so many times the last start. */
  startPartMax: 1.3,
  /** Of a thousand kills: those beside which a client is killed, too. */
  clientCrashPermille: 500,
  clientDownMsMax: 500,
  /** Of a thousand kills: during recovery, within a burst. */
  recoveryPermille: 200,
  burstPermille: 250,
  /** Traffic after the last kill. */
  lastTrafficMs: 1_000,
  /** Clients try again at least so often: most are back when the next kill comes. */
  reconnectMsMax: 2_000,
  /** What is not at rest may stay the same for so long (with a planted fault rest may never come), and all in all so long. */
  stallMsMax: 60_000,
  mutantStallMsMax: 12_000,
  convergeMsMax: 240_000,
  mutantKills: 4,
  mutantRunsMax: 6,
  /** Watermarks are written at the latest after a second. */
  quietMs: 1_500,
  stopMsMax: 12_000,
  pollMs: 20,
});
