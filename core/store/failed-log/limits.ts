/** Bounds of the failed-request log, in one place. */
export const failedLogLimits = {
  entriesMax: 100_000,
  bytesMax: 256 * 1024 * 1024,
  /** Entries that one record of the journal takes or removes. */
  changesPerRecordMax: 32,
  /** Changes that wait for their record; more are refused. */
  changesWaitingMax: 1_000,
  /** Entries read at once. */
  pageEntries: 64,
  pageBytes: 1024 * 1024,
  /** A record whose outcome is unknown is written again so often, with this pause. */
  attemptsMax: 10,
  attemptMs: 50,
  /** Files and records of its journal: smaller than those of a message store; a record holds as many of the longest sends as it may. */
  journal: { segmentBytes: 8 * 1024 * 1024, recordBytesMax: 4 * 1024 * 1024 },
};
