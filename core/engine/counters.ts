/** What the owner counts: metrics show it, and the simulator's `sometimes` wants each of them above zero. */

export class OwnerCounters {
  [name: string]: number;
  accepted = 0;
  rejected = 0;
  refused = 0;
  duplicateAnswered = 0;
  duplicateWaited = 0;
  counterConflict = 0;
  expired = 0;
  gap = 0;
  busy = 0;
  batches = 0;
  rows = 0;
  bytesWritten = 0;
  claims = 0;
  selfReclaims = 0;
  unknownOutcomes = 0;
  unknownFoundApplied = 0;
  staleServerSpoke = 0;
  fencedSlots = 0;
  rollbacks = 0;
  obligationsOpened = 0;
  obligationsClosed = 0;
  obligationsRedone = 0;
  eventsToldAgain = 0;
  entriesRaised = 0;
  bookmarks = 0;
  resumes = 0;
  resumesFromMemory = 0;
  resumesFromScan = 0;
  raisedMergedIntoResume = 0;
  undelivered = 0;
  coldVerdicts = 0;
  idempotencyKeyReplayed = 0;
  edits = 0;
  deletions = 0;
  acks = 0;
  receipts = 0;
  reads = 0;
  resets = 0;
  usersCreated = 0;
  lowerAttemptRefused = 0;
  superseded = 0;
  conversationsEvicted = 0;
  usersEvicted = 0;
}
