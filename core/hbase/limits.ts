/** Every bound of the HBase client, in one place. */
export interface HBaseLimits {
  /** A connection must stand after so long. */
  readonly connectMsMax: number;
  /** One attempt of one call. The server is told, so that it drops what nobody waits for. */
  readonly callMsMax: number;
  /** One operation with all its attempts. */
  readonly operationMsMax: number;
  /** One administrative operation: tables are made and removed by procedures of the master. */
  readonly procedureMsMax: number;
  /** Calls in flight on one connection; more are refused, the caller backs off. */
  readonly inFlightCallsMax: number;
  /** Bytes of those calls. */
  readonly inFlightBytesMax: number;
  /** An answer above this is garbage. */
  readonly frameBytesMax: number;
  /** Wait before the second attempt; doubles with each further one. */
  readonly backOffMsMin: number;
  readonly backOffMsMax: number;
  /** Wait at least so long when the server says that it is overloaded. */
  readonly overloadedMsMin: number;
  /** Regions asked from hbase:meta at a miss. */
  readonly locateRows: number;
  /** Rows a call of a scan asks for, where the caller says nothing. */
  readonly scanRows: number;
  /** Bytes after which a server ends its answer to a scan. */
  readonly scanBytes: number;
  /** Actions in one Multi. */
  readonly batchActionsMax: number;
  /** A scanner whose consumer takes its time is renewed so often; servers forget one after a minute. */
  readonly renewMs: number;
  /** Numbers of calls end here and begin anew. */
  readonly callIdsEnd: number;
}

export const hbaseLimits: HBaseLimits = {
  connectMsMax: 5_000,
  callMsMax: 10_000,
  operationMsMax: 30_000,
  procedureMsMax: 120_000,
  inFlightCallsMax: 1_000,
  inFlightBytesMax: 64 * 1024 * 1024,
  frameBytesMax: 256 * 1024 * 1024,
  backOffMsMin: 20,
  backOffMsMax: 5_000,
  overloadedMsMin: 500,
  locateRows: 10,
  scanRows: 100,
  scanBytes: 2 * 1024 * 1024,
  batchActionsMax: 256,
  renewMs: 20_000,
  callIdsEnd: 2 ** 31,
};
