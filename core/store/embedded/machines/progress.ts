/** Tells how far a start is, when it takes long. */
import type { EmbeddedLimits } from './limits.ts';
import type { MachinePorts } from './ports.ts';

export class Progress {
  readonly #ports: MachinePorts;
  readonly #everyMs: number;
  #nextAtMs: number;

  constructor(ports: MachinePorts, limits: EmbeddedLimits) {
    this.#ports = ports;
    this.#everyMs = limits.progressMs;
    this.#nextAtMs = ports.now() + limits.progressMs;
  }

  tell(what: string): void {
    if (this.#ports.now() < this.#nextAtMs) return;
    this.#nextAtMs = this.#ports.now() + this.#everyMs;
    this.#ports.report(`starting: ${what}`);
  }
}
