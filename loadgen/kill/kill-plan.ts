/**
 * When each kill comes, drawn from the seed.
 *
 * Method: most kills come while traffic flows; some in the middle of a burst of sends, some soon after a start, while the store recovers or
 * clients come back.
 */
import { Purpose, RandomStream } from '../../sim/random.ts';
import { killLimits } from './limits.ts';

export interface PlannedKill {
  /** `traffic`: after a recovery and some traffic. `burst`: the same, and then many sends at once. `recovery`: after the start. */
  readonly kind: 'traffic' | 'burst' | 'recovery';
  /** Traffic before the kill, or before the burst. */
  readonly trafficMs: number;
  /** From the burst to the kill. */
  readonly burstMs: number;
  /** For `recovery`: the kill comes this part of the last start's time after the start. */
  readonly startPart: number;
  /** A client is killed, too: this one (of those who can), so long before it begins again. */
  readonly crashesClient: boolean;
  readonly clientPick: number;
  readonly clientDownMs: number;
  /** From the last words to it to the server's kill. */
  readonly lastWordsMs: number;
}

export function planKills(seed: number, kills: number): readonly PlannedKill[] {
  const random = new RandomStream(seed, Purpose.faults, 0);
  return Array.from({ length: kills }, (_, at) => {
    const draw = random.below(1000);
    const { recoveryPermille, burstPermille } = killLimits;
    const drawn = draw < recoveryPermille ? 'recovery' : draw < recoveryPermille + burstPermille ? 'burst' : 'traffic';
    return {
      // Nothing has been started anew before the first.
      kind: at === 0 && drawn === 'recovery' ? 'traffic' : drawn,
      trafficMs: random.between(killLimits.trafficMsMin, killLimits.trafficMsMax),
      burstMs: random.between(0, killLimits.burstMsMax),
      startPart: (random.below(1001) / 1000) * killLimits.startPartMax,
      crashesClient: random.permille(killLimits.clientCrashPermille),
      clientPick: random.u32(),
      clientDownMs: random.between(0, killLimits.clientDownMsMax),
      lastWordsMs: random.between(0, killLimits.lastWordsMsMax),
    };
  });
}
