/** The machines' clock of this process: ms since 1970, steady whatever is done to the system's clock. */
import { SteadyClock } from '../model/steady-clock.ts';

const clock = new SteadyClock();

export function nowMs(): number {
  return clock.read(performance.now(), Date.now());
}
