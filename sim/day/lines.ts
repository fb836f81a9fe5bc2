/** What devices know of their conversations, in numbers: a line is one conversation on one device (device · conversationsPerUser + rank). */
import { conversationsPerUser, seqAtStart } from './limits.ts';

/** Bits of what a reading still waits for. */
export const ReadOpen = { home: 1, inbox: 2 } as const;

export class Lines {
  /** Shown up to here, and hash over what was shown. */
  readonly cursors: Uint16Array;
  readonly hashes: Uint32Array;
  /** The inbox says so. */
  readonly knowns: Uint16Array;
  readonly acksWanted: Uint16Array;
  readonly acksSent: Uint16Array;
  readonly acksConfirmed: Uint16Array;
  /** Messages of the other that were shown. */
  readonly othersNos: Uint16Array;
  readonly readsSent: Uint16Array;
  /** A reading is planned; it is sent and waits for its two homes. */
  readonly readDue: Uint8Array;
  readonly readOpen: Uint8Array;
  /** Sends made, sent on this connection, and accepted. */
  readonly written: Uint16Array;
  readonly sent: Uint16Array;
  readonly accepted: Uint16Array;
  /** A page was asked for. */
  readonly syncing: Uint8Array;

  constructor(devices: number) {
    const lines = devices * conversationsPerUser;
    const seqs = (): Uint16Array => new Uint16Array(lines).fill(seqAtStart);
    this.cursors = seqs();
    this.hashes = new Uint32Array(lines);
    this.knowns = seqs();
    this.acksWanted = seqs();
    this.acksSent = seqs();
    this.acksConfirmed = seqs();
    this.othersNos = new Uint16Array(lines).fill(seqAtStart / 2);
    this.readsSent = seqs();
    this.readDue = new Uint8Array(lines);
    this.readOpen = new Uint8Array(lines);
    this.written = new Uint16Array(lines);
    this.sent = new Uint16Array(lines);
    this.accepted = new Uint16Array(lines);
    this.syncing = new Uint8Array(lines);
  }
}
