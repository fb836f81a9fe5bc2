/** Limits of the doors: what sockets and HTTP may hold or send. Those of the protocol are in core/protocol/limits.ts. */

export const gatewayLimits = Object.freeze({
  /** Longest message (run of frames) of a client: a WebSocket message, a poll body, a stream message. */
  messageBytesMax: 64 * 1024,
  /** A connection whose queue is longer is slow: live frames wait no longer for it. */
  pressedBytes: 64 * 1024,
  /** Longest body of an API request. */
  bodyBytesMax: 64 * 1024,
  /** An API request is answered within this. */
  requestMs: 15_000,
  /** A send that is told to come again is sent again by the API itself for so long. */
  sendRetryMs: 5_000,
  /** API requests at work at once. */
  requestsOpenMax: 1_000,
  /** Guard below the edge's own idle time: uWebSockets closes sockets that say nothing at all. */
  socketIdleSeconds: 120,
  /** An idle HTTP connection may be used again within this; uWebSockets closes it after eight to twelve seconds. */
  keepAliveSeconds: 5,
  /** Kept free of the open-file limit for plain HTTP, files and the store. */
  openFilesReserved: 512,
  openFilesReservedShareMax: 0.25,
  /** A stream buffer that grew beyond this is not kept. */
  writerBytesKept: 64 * 1024,
  writersKept: 1_024,
  /** Receipts, confirmations and bookmarks wait so long for another frame to go with, at most twice as long. */
  frameWaitMs: 40,
  tokenLifetimeMs: 12 * 3600 * 1000,
});
