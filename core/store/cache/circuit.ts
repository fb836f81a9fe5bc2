/**
 * Leaves alone what does not answer: after some failures in a row nothing is asked for a while, then one request tries whether it is well again;
 * after each failed trial the rest is twice as long.
 */
import type { CacheLimits } from './limits.ts';

export class Circuit {
  /** Times that it opened. */
  opened = 0;
  private readonly limits: CacheLimits;
  private failures = 0;
  private restMs = 0;
  private restsUntil = 0;
  private isTrying = false;

  constructor(limits: CacheLimits) {
    this.limits = limits;
  }

  /** It answers, as far as is known. */
  get isWell(): boolean {
    return this.restMs === 0;
  }

  /** May this request go? Then `succeeded` or `failed` must follow. */
  mayAsk(now: number): boolean {
    if (this.restMs === 0) return true;
    if (this.isTrying || now < this.restsUntil) return false;
    this.isTrying = true;
    return true;
  }

  succeeded(): void {
    this.failures = 0;
    this.restMs = 0;
    this.isTrying = false;
  }

  failed(now: number): void {
    this.failures += 1;
    const wasTrial = this.isTrying;
    this.isTrying = false;
    if (this.restMs === 0) {
      if (this.failures < this.limits.redisFailuresMax) return;
      this.opened += 1;
      this.restMs = this.limits.redisRestMs;
    } else {
      // Answers that were awaited when it opened tell nothing new.
      if (!wasTrial) return;
      this.restMs = Math.min(this.restMs * 2, this.limits.redisRestMsMax);
    }
    this.restsUntil = now + this.restMs;
  }
}
