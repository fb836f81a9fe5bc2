/** What keeps happening (a full disk: each half second) is told at once and then now and then, with how often it came meanwhile. */

const pauseMs = 30_000;
/** Kinds of message remembered; beyond that all are forgotten, which at worst tells one too often. */
const kindsMax = 100;

interface Told {
  atMs: number;
  repeated: number;
}

/** @param tell `repeated`: how often a message like this one came since it was told last. */
export function withoutRepeats(
  tell: (what: string, repeated: number) => void,
  nowMs: () => number = () => performance.now(),
): (what: string) => void {
  const told = new Map<string, Told>();
  return (what) => {
    // The same but for numbers: names of files, sizes.
    const kind = what.replace(/[0-9]+/g, '#');
    const before = told.get(kind);
    const now = nowMs();
    if (before !== undefined && now - before.atMs < pauseMs) {
      before.repeated += 1;
      return;
    }
    if (told.size >= kindsMax) told.clear();
    told.set(kind, { atMs: now, repeated: 0 });
    tell(what, before?.repeated ?? 0);
  };
}
