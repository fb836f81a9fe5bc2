/** What the cache counts, for metrics and reports. */
export class CacheCounts {
  /** Pages answered without the store. */
  hits = 0;
  misses = 0;
  /** Reads that waited for an equal one under way. */
  joined = 0;
  /** "Not there" answered from memory. */
  absentHits = 0;
  /** Values that were not what they should be: damaged, another's, made up. */
  false = 0;
  /** Values of another version of their log than is wanted. */
  old = 0;
  /** Chunks handed to the cache. */
  written = 0;
  /** Chunks taken out because of an edit or deletion. */
  removed = 0;
}
