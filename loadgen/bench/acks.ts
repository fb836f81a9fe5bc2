/**
 * Acknowledgements that the server has not confirmed, by side of a conversation: repeated after `ackRepeatMs` (PROTOCOL.md, "Reading").
 */
import { defaultLimits } from '../../core/protocol/limits.ts';

const repeatMs = defaultLimits.ackRepeatMs;

export class Acks {
  repeats = 0;
  private readonly sentSeq: Uint32Array;
  private readonly confirmedSeq: Uint32Array;
  /** When the ack that is not confirmed was sent, in ms since the run began; 0: none is open. */
  private readonly sentMs: Uint32Array;
  private readonly repeat: (side: number) => void;
  private open: number[] = [];

  constructor(sides: number, repeat: (side: number) => void) {
    this.sentSeq = new Uint32Array(sides);
    this.confirmedSeq = new Uint32Array(sides);
    this.sentMs = new Uint32Array(sides);
    this.repeat = repeat;
  }

  sent(side: number, seq: number, nowMs: number): void {
    this.sentSeq[side] = seq;
    if (this.sentMs[side] === 0) this.open.push(side);
    this.sentMs[side] = Math.max(1, nowMs);
  }

  confirmed(side: number, seq: number): void {
    if (side >= 0 && seq > this.confirmedSeq[side]) this.confirmedSeq[side] = seq;
  }

  /** Repeats what was not confirmed in time. Called every second or so. */
  tick(nowMs: number): void {
    const late: number[] = [];
    this.open = this.open.filter((side) => {
      if (this.confirmedSeq[side] >= this.sentSeq[side]) {
        this.sentMs[side] = 0;
        return false;
      }
      if (this.sentMs[side] + repeatMs < nowMs) late.push(side);
      return true;
    });
    this.repeats += late.length;
    for (const side of late) this.repeat(side);
  }

  /** How many are not confirmed. */
  openCount(): number {
    let count = 0;
    for (const side of this.open) if (this.confirmedSeq[side] < this.sentSeq[side]) count++;
    return count;
  }
}
