/** Bounds of the HBase store, in one place. */
export const hbaseStoreLimits = {
  /** Writes taken and not answered; more are refused as busy. */
  writesMax: 10_000,
  /** Units whose fence is remembered; of the others it is read again before a write. */
  unitsKnownMax: 200_000,
  /** Calls under way for one region; what comes meanwhile joins the next. */
  callsPerRegionMax: 2,
  /** Slots whose batches go in one call. */
  writesPerCallMax: 64,
  /** Bytes of rows in such a call. */
  bytesPerCallMax: 512 * 1024,
  /** Rows a call of a scan asks for. */
  scanRowsMax: 1_000,
  /** Bytes a call of a scan brings, at most. */
  scanBytesMax: 4 * 1024 * 1024,
  /** A row key in HBase. */
  keyBytesMax: 32_767,
};
