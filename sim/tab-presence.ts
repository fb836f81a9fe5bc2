/**
 * Whether a tab's session is on line, as histories say it: it came up, and neither end of its connection is gone.
 *
 * Method: the node may be cut off from its owner; for that time nobody can say that the session is on line, so the history says that it is
 * not.
 */
import type { Link } from './network.ts';
import type { Recorder } from './recorder.ts';

export class TabPresence {
  /** Until then nobody can say that it is on line. */
  doubtUntilUs = 0;
  readonly #process: string;
  readonly #recorder: Recorder;
  #up = false;
  /** The node has closed its end of the connection, which the client need not know yet. */
  #nodeEndGone = false;

  constructor(process: string, recorder: Recorder) {
    this.#process = process;
    this.#recorder = recorder;
  }

  /** Nobody can say that it is on line until then; `later`: only from some instant on, if it is on line now. Returns whether it began. */
  doubt(untilUs: number, later: boolean, user: number): boolean {
    if (later && this.#up) return false;
    this.down(user);
    this.doubtUntilUs = Math.max(this.doubtUntilUs, untilUs);
    return true;
  }

  connecting(): void {
    this.#nodeEndGone = false;
  }

  nodeEndClosed(user: number): void {
    this.#nodeEndGone = true;
    this.down(user);
  }

  cameUp(link: Link | undefined, user: number, nowUs: number): void {
    if (this.#up || this.#nodeEndGone || link === undefined || !link.nodeOpen) return;
    this.#up = true;
    this.#say(user, true);
    // The history knows now whose session it is; more cannot be said.
    if (nowUs < this.doubtUntilUs) this.down(user);
  }

  down(user: number): void {
    if (!this.#up) return;
    this.#up = false;
    this.#say(user, false);
  }

  #say(user: number, up: boolean): void {
    this.#recorder.add({ process: this.#process, type: 'info', op: 'session', user, up });
  }
}
