/**
 * What the machines of a node write for each other and for other nodes: gathered during a turn, handed over at its end.
 *
 * Method: within the node frames go edge to owner, owner to owner and owner to edge until nothing is left; to another node they go as one
 * run a turn, whose frames the other end parts again.
 */
import { isForEdge } from '../core/engine/link-direction.ts';
import { RunReader } from '../core/protocol/codec.ts';
import { FrameWriter } from '../core/protocol/writer.ts';

/** Rounds of one turn after which two machines are said to talk for ever. */
const turnRoundsMax = 1_000;

export type Take = (bytes: Uint8Array) => void;

export class NodeLinks {
  readonly #node: number;
  /** The link between the node's own edge and owner is broken. */
  down = false;
  /** Edge to owner, and owner to owner: the second does not go over the link that may break. */
  #toOwner = new FrameWriter(4096);
  #ownToOwner = new FrameWriter(4096);
  #toEdge = new FrameWriter(4096);
  #spare = new FrameWriter(4096);
  readonly #toPeers = new Map<number, FrameWriter>();

  constructor(node: number) {
    this.#node = node;
  }

  add(to: number, bytes: Uint8Array, start: number, end: number, fromOwner: boolean): void {
    if (to !== this.#node) {
      let run = this.#toPeers.get(to);
      if (run === undefined) {
        run = new FrameWriter(1024);
        this.#toPeers.set(to, run);
      }
      run.framed(bytes, start, end);
      return;
    }
    const forEdge = isForEdge(bytes[start]);
    if (this.down && (forEdge || !fromOwner)) return;
    (forEdge ? this.#toEdge : fromOwner ? this.#ownToOwner : this.#toOwner).framed(bytes, start, end);
  }

  /** What is on the link between edge and owner is lost. */
  loseOwn(): void {
    this.#toOwner.reset();
    this.#toEdge.reset();
  }

  /** The process died. */
  reset(): void {
    this.down = false;
    this.loseOwn();
    this.#ownToOwner.reset();
    for (const run of this.#toPeers.values()) run.reset();
  }

  /** Both ways until nothing is left. */
  exchange(toOwner: Take, toEdge: Take): void {
    for (let round = 0; this.#toOwner.length + this.#ownToOwner.length + this.#toEdge.length > 0; round += 1) {
      if (round > turnRoundsMax) throw new Error('edge and owner talk without end');
      if (this.#toOwner.length > 0) {
        const run = this.#swap(this.#toOwner);
        [this.#toOwner, this.#spare] = [this.#spare, this.#toOwner];
        toOwner(run);
      }
      if (this.#ownToOwner.length > 0) {
        const run = this.#swap(this.#ownToOwner);
        [this.#ownToOwner, this.#spare] = [this.#spare, this.#ownToOwner];
        toOwner(run);
      }
      if (this.#toEdge.length > 0) {
        const run = this.#swap(this.#toEdge);
        [this.#toEdge, this.#spare] = [this.#spare, this.#toEdge];
        toEdge(run);
      }
    }
  }

  /** One run to each node that has something to come. */
  flushPeers(send: (to: number, bytes: Uint8Array) => void): void {
    for (const [to, run] of this.#toPeers) {
      if (run.length === 0) continue;
      const bytes = run.copy();
      run.reset();
      send(to, bytes);
    }
  }

  /** The run as bytes; the spare writer, emptied, takes its place. */
  #swap(run: FrameWriter): Uint8Array {
    this.#spare.reset();
    return run.view();
  }
}

/** Parts a run of another node. */
export function partRun(bytes: Uint8Array, toOwner: Take, toEdge: Take): void {
  reader.reset(bytes);
  const owner = new FrameWriter(256);
  const edge = new FrameWriter(256);
  while (reader.next()) (isForEdge(bytes[reader.frameStart]) ? edge : owner).framed(bytes, reader.frameStart, reader.frameEnd);
  if (owner.length > 0) toOwner(owner.view());
  if (edge.length > 0) toEdge(edge.view());
}

const reader = new RunReader(Number.MAX_SAFE_INTEGER);
