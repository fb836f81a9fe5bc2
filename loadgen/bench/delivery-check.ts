/**
 * Whether every message of the run came exactly once and in order to both sides of its conversation, and under the seq that was accepted.
 *
 * Method: messages of a lane are numbered 1, 2, 3, … in their bodies. Each side of each conversation keeps a cursor (highest seq shown), and
 * for each lane the next number due and which of the last 32 numbers it has shown; a rolling hash of the seqs compares what was
 * accepted with what was shown. Typed arrays only: nothing is allocated for a message.
 */

/** What becomes of an event that arrives. */
export const Arrival = { shown: 0, repeated: 1, hole: 2 } as const;
export type Arrival = (typeof Arrival)[keyof typeof Arrival];

export interface DeliveryFaults {
  /** Accepted or sent, but not shown to one of the two. */
  lost: number;
  /** One message at two places. */
  doubled: number;
  /** Later than a message that was sent after it. */
  reordered: number;
  /** Lanes whose messages were shown at other seqs than accepted. */
  contradicted: number;
  /** The sender never learned that the other side has the last one. */
  receiptsMissing: number;
}

export class DeliveryCheck {
  doubled = 0;
  reordered = 0;
  /** Highest seq shown without a hole, by side (lane of the side's own messages). */
  readonly cursor: Uint32Array;
  /** Highest seq of the other side that a receipt told of, by side. */
  readonly delivered: Uint32Array;
  /** Messages sent, by lane. */
  readonly sent: Uint32Array;
  /** Highest seq that was accepted, by lane. */
  readonly acceptedSeq: Uint32Array;
  private readonly acceptedHash: Int32Array;
  private readonly views: readonly [LaneView, LaneView];

  constructor(lanes: number) {
    this.cursor = new Uint32Array(lanes);
    this.delivered = new Uint32Array(lanes);
    this.sent = new Uint32Array(lanes);
    this.acceptedSeq = new Uint32Array(lanes);
    this.acceptedHash = new Int32Array(lanes);
    this.views = [new LaneView(lanes), new LaneView(lanes)];
  }

  /** Outcome of message `number` of a lane. Outcomes of a lane come in order. */
  accepted(lane: number, seq: number): void {
    if (seq === this.acceptedSeq[lane]) this.doubled++;
    else if (seq < this.acceptedSeq[lane]) this.reordered++;
    else this.acceptedSeq[lane] = seq;
    this.acceptedHash[lane] = roll(this.acceptedHash[lane], seq);
  }

  /** An event of `lane` arrives at the side that writes on lane `side`. */
  arrives(side: number, lane: number, seq: number, number: number): Arrival {
    const due = this.cursor[side] + 1;
    if (seq < due) return Arrival.repeated;
    if (seq > due) return Arrival.hole;
    this.cursor[side] = seq;
    const view = this.views[side === lane ? 0 : 1];
    const gap = view.show(lane, number, seq);
    if (gap === 'doubled') this.doubled++;
    else if (gap === 'late') this.reordered++;
    return Arrival.shown;
  }

  /** After the run, when nothing more comes. */
  faults(): DeliveryFaults {
    let lost = 0;
    let contradicted = 0;
    let receiptsMissing = 0;
    const [own, others] = this.views;
    for (let lane = 0; lane < this.sent.length; lane++) {
      const sent = this.sent[lane];
      lost += Math.max(sent - own.shown[lane], sent - others.shown[lane], 0);
      if (own.hash[lane] !== this.acceptedHash[lane] || others.hash[lane] !== this.acceptedHash[lane]) contradicted++;
      if (this.delivered[lane] < this.acceptedSeq[lane]) receiptsMissing++;
    }
    return { lost, doubled: this.doubled, reordered: this.reordered, contradicted, receiptsMissing };
  }
}

/** What one side has seen of each lane. */
class LaneView {
  /** Different messages shown. */
  readonly shown: Uint32Array;
  readonly hash: Int32Array;
  private readonly highest: Uint32Array;
  /** Bit n: number highest - n was shown. */
  private readonly recent: Uint32Array;

  constructor(lanes: number) {
    this.shown = new Uint32Array(lanes);
    this.hash = new Int32Array(lanes);
    this.highest = new Uint32Array(lanes);
    this.recent = new Uint32Array(lanes);
  }

  show(lane: number, number: number, seq: number): 'next' | 'late' | 'doubled' {
    this.hash[lane] = roll(this.hash[lane], seq);
    const ahead = number - this.highest[lane];
    if (ahead > 0) {
      this.highest[lane] = number;
      this.recent[lane] = ahead > 31 ? 1 : (this.recent[lane] << ahead) | 1;
      this.shown[lane]++;
      return 'next';
    }
    const bit = -ahead > 31 ? 0 : 1 << -ahead;
    if (bit === 0 || (this.recent[lane] & bit) !== 0) return 'doubled';
    this.recent[lane] |= bit;
    this.shown[lane]++;
    return 'late';
  }
}

function roll(hash: number, seq: number): number {
  return (Math.imul(hash, 0x01000193) ^ seq) | 0;
}
