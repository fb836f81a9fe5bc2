/**
 * The network between clients and nodes: connections that are FIFO in each direction while they live, and that are made late, cut in
 * the middle, noticed as cut at different times by the two ends, or stall so that the node sees a slow device.
 *
 * Method: a connection is an object with two ends; what is on the way is an event of the run's queue. A cut decides, by draw, whether what is
 * on the way still arrives. Latencies are drawn a message, and a later message never overtakes an earlier one.
 */
import { Purpose, RandomStream } from './random.ts';
import type { Scheduler, Target } from './scheduler.ts';

export interface ClientEnd {
  /** Number of the tab, from 0 up: its connections are numbered and draw their latencies by it. */
  readonly index: number;
  linkOpened(link: Link): void;
  linkReceived(link: Link, bytes: Uint8Array): void;
  /** `code`: the ErrorCode the node closed with; 0: cut, or refused. */
  linkClosed(link: Link, code: number): void;
}

export interface NodeEnd {
  /** Until then it may be cut off from others: whose sessions it holds is not known to them. */
  readonly doubtUntilUs?: number;
  readonly up: boolean;
  linkOpened(link: Link): void;
  linkReceived(link: Link, bytes: Uint8Array): void;
  linkClosed(link: Link): void;
  linkPressed(link: Link): void;
  linkDrained(link: Link): void;
}

/** How bad the network is: part of the scenario. */
export interface NetworkOptions {
  readonly latencyUsMin: number;
  readonly latencyUsMax: number;
  /** Of 1,000 messages so many take up to `spikeUsMax`. */
  readonly spikePermille: number;
  readonly spikeUsMax: number;
  /** Of 1,000 connection attempts so many fail. */
  readonly refusePermille: number;
  /** After a cut an end may notice it up to so much later. */
  readonly noticeUsMax: number;
  /** Messages that wait in a stalled connection before the node calls it pressed. */
  readonly pressedMessages: number;
}

/** Ways of a tab through which nothing passes until then. */
interface Clog {
  readonly upUs: number;
  readonly downUs: number;
}

const noClog: Clog = { upUs: 0, downUs: 0 };

const Code = {
  syn: 1,
  opened: 2,
  refused: 3,
  up: 4,
  down: 5,
  closedByNode: 6,
  closedByClient: 7,
  cutNode: 8,
  cutClient: 9,
  resume: 10,
} as const;

export class Link implements Target {
  readonly traceId: number;
  readonly number: number;
  readonly client: ClientEnd;
  readonly node: NodeEnd;
  clientOpen = false;
  nodeOpen = false;
  /** The client gave it up, or it was cut: nothing more is sent that way. */
  #upCut = false;
  #downCut = false;
  /** What is on its way when the connection is cut is lost. */
  #upLost = false;
  #downLost = false;
  #clientGone = false;
  #lastUpUs = 0;
  #lastDownUs = 0;
  #stalledUntilUs = 0;
  #pressed = false;
  readonly #waiting: Uint8Array[] = [];
  #closeCode = -1;
  readonly #network: Network;
  readonly #random: RandomStream;

  constructor(network: Network, number: number, client: ClientEnd, node: NodeEnd) {
    this.#network = network;
    this.number = number;
    this.traceId = number;
    this.#random = new RandomStream(network.seed, Purpose.network, number);
    this.client = client;
    this.node = node;
  }

  // ---- what the ends do

  /** Client to node. */
  sendUp(bytes: Uint8Array): void {
    if (!this.clientOpen || this.#upCut) return;
    this.#network.scheduler.schedule(this.#arrivalUp(), this, Code.up, bytes.length, bytes);
  }

  /** Node to client. */
  sendDown(bytes: Uint8Array): void {
    if (!this.nodeOpen || this.#downCut || this.#closeCode >= 0) return;
    if (this.#stalledUntilUs > this.#network.scheduler.nowUs) {
      this.#waiting.push(bytes);
      if (!this.#pressed && this.#waiting.length >= this.#network.options.pressedMessages) {
        this.#pressed = true;
        this.node.linkPressed(this);
      }
      return;
    }
    this.#network.scheduler.schedule(this.#arrivalDown(), this, Code.down, bytes.length, bytes);
  }

  /** The client leaves; what it sent before still arrives. */
  closeUp(): void {
    if (this.#clientGone) return;
    this.#clientGone = true;
    this.clientOpen = false;
    this.#upCut = true;
    this.#network.scheduler.schedule(this.#arrivalUp(), this, Code.closedByClient);
  }

  /** The node closes; what it sent before still arrives. */
  closeDown(code: number): void {
    if (!this.nodeOpen || this.#closeCode >= 0) return;
    this.#closeCode = code;
    if (this.#waiting.length > 0) return;
    this.#sendClose();
  }

  // ---- what faults do

  /** The connection breaks. Each end notices for itself. */
  cut(): void {
    const { scheduler, options } = this.#network;
    const random = this.#random.at(scheduler.nowUs);
    if (this.#upCut && this.#downCut) return;
    this.#upCut = true;
    this.#downCut = true;
    this.#upLost = random.permille(500);
    this.#downLost = random.permille(500);
    const quick = 2_000;
    const clientUs = random.permille(700) ? quick : random.below(options.noticeUsMax + 1);
    const nodeUs = random.permille(500) ? quick : random.below(options.noticeUsMax + 1);
    scheduler.schedule(scheduler.nowUs + clientUs, this, Code.cutClient);
    scheduler.schedule(scheduler.nowUs + nodeUs, this, Code.cutNode);
  }

  /** The node's process died: its end is gone at once, the client hears of it soon. */
  dropByNode(): void {
    this.nodeOpen = false;
    this.#downCut = true;
    this.#network.open.delete(this);
    const { scheduler } = this.#network;
    scheduler.schedule(this.#arrivalDown(), this, Code.cutClient);
  }

  /** The client's process died: its end is gone at once. */
  dropByClient(): void {
    if (this.#clientGone) return;
    this.#clientGone = true;
    this.clientOpen = false;
    this.#upCut = true;
    const { scheduler, options } = this.#network;
    const random = this.#random.at(scheduler.nowUs);
    const noticedUs = random.permille(600) ? this.#arrivalUp() : scheduler.nowUs + random.below(options.noticeUsMax + 1);
    scheduler.schedule(noticedUs, this, Code.closedByClient);
  }

  /** The device takes nothing for a while. */
  stall(us: number): void {
    if (!this.nodeOpen || this.#downCut) return;
    const { scheduler } = this.#network;
    this.#stalledUntilUs = scheduler.nowUs + us;
    scheduler.schedule(this.#stalledUntilUs, this, Code.resume);
  }

  // ---- events

  fire(code: number, number: number, payload: unknown): void {
    switch (code) {
      case Code.syn:
        this.#reachNode();
        return;
      case Code.opened:
        if (this.#clientGone || this.#downCut) return;
        this.clientOpen = true;
        this.client.linkOpened(this);
        return;
      case Code.refused:
        this.#closeClient(0);
        return;
      case Code.up:
        if (this.nodeOpen && !this.#upLost) this.node.linkReceived(this, payload as Uint8Array);
        return;
      case Code.down:
        if (this.clientOpen && !this.#downLost) this.client.linkReceived(this, payload as Uint8Array);
        return;
      case Code.closedByNode:
        this.#closeClient(number);
        return;
      case Code.closedByClient:
      case Code.cutNode:
        this.#closeNode();
        return;
      case Code.cutClient:
        this.#closeClient(0);
        return;
      case Code.resume:
        this.#resume();
        return;
      default:
        throw new Error(`link: event ${code}`);
    }
  }

  /** Starts the connection: called by the network only. */
  begin(): void {
    const { scheduler, options } = this.#network;
    const refused = this.#random.at(scheduler.nowUs).permille(options.refusePermille);
    scheduler.schedule(this.#arrivalUp(), this, refused ? Code.refused : Code.syn);
  }

  #reachNode(): void {
    if (!this.node.up || this.#upCut) {
      this.#network.scheduler.schedule(this.#arrivalDown(), this, Code.refused);
      return;
    }
    this.nodeOpen = true;
    this.#network.open.add(this);
    this.#network.scheduler.schedule(this.#arrivalDown(), this, Code.opened);
    this.node.linkOpened(this);
  }

  #closeClient(code: number): void {
    if (this.#clientGone) return;
    this.#clientGone = true;
    this.clientOpen = false;
    this.#upCut = true;
    this.client.linkClosed(this, code);
    // A client that sees its connection broken ends it; the node hears of it at the latest with the notice of the cut.
    if (this.nodeOpen && !this.#downCut) this.#closeNode();
  }

  #closeNode(): void {
    this.#network.open.delete(this);
    this.#downCut = true;
    if (!this.nodeOpen) return;
    this.nodeOpen = false;
    this.node.linkClosed(this);
  }

  #arrivalUp(): number {
    this.#lastUpUs = this.#arrival(this.#lastUpUs, this.#network.clogOf(this.client.index).upUs);
    return this.#lastUpUs;
  }

  #arrivalDown(): number {
    this.#lastDownUs = this.#arrival(this.#lastDownUs, this.#network.clogOf(this.client.index).downUs);
    return this.#lastDownUs;
  }

  /** When a message sent now arrives; never before or with the one before it. */
  #arrival(previousUs: number, cloggedUs: number): number {
    const { options, scheduler } = this.#network;
    const random = this.#random.at(scheduler.nowUs);
    let latencyUs = random.between(options.latencyUsMin, options.latencyUsMax);
    if (options.spikePermille > 0 && random.permille(options.spikePermille)) latencyUs += random.below(options.spikeUsMax);
    const atUs = (cloggedUs > scheduler.nowUs ? cloggedUs : scheduler.nowUs) + latencyUs;
    return atUs > previousUs ? atUs : previousUs + 1;
  }

  #sendClose(): void {
    this.nodeOpen = false;
    this.#network.open.delete(this);
    this.#network.scheduler.schedule(this.#arrivalDown(), this, Code.closedByNode, this.#closeCode);
  }

  #resume(): void {
    if (this.#stalledUntilUs > this.#network.scheduler.nowUs) return;
    const waiting = this.#waiting.splice(0);
    const code = this.#closeCode;
    this.#closeCode = -1;
    for (const bytes of waiting) this.sendDown(bytes);
    if (code >= 0) {
      this.#closeCode = code;
      if (this.nodeOpen) this.#sendClose();
    }
    if (!this.#pressed) return;
    this.#pressed = false;
    if (this.nodeOpen) this.node.linkDrained(this);
  }
}

export class Network {
  readonly scheduler: Scheduler;
  options: NetworkOptions;
  /** Connections whose node end is open, in the order of opening. */
  readonly open = new Set<Link>();
  readonly seed: number;
  readonly #clogs = new Map<number, Clog>();
  /** Connections made so far, a tab. */
  readonly #made: number[] = [];

  constructor(seed: number, scheduler: Scheduler, options: NetworkOptions) {
    this.seed = seed;
    this.scheduler = scheduler;
    this.options = options;
  }

  /** Until then nothing of this tab passes that way; what waits passes after it. */
  clog(client: number, way: 'up' | 'down' | 'both', untilUs: number): void {
    const { upUs, downUs } = this.clogOf(client);
    this.#clogs.set(client, { upUs: way === 'down' ? upUs : untilUs, downUs: way === 'up' ? downUs : untilUs });
  }

  /** What is clogged stays so until its time, the rest of the network is free at once. */
  freeAll(): void {
    this.#clogs.clear();
  }

  clogOf(client: number): Clog {
    return this.#clogs.get(client) ?? noClog;
  }

  connect(client: ClientEnd, node: NodeEnd): Link {
    const made = (this.#made[client.index] ?? 0) + 1;
    this.#made[client.index] = made;
    const link = new Link(this, (client.index + 1) * linksOfTabMax + made, client, node);
    link.begin();
    return link;
  }
}

/** Numbers of connections stay clear of each other, and of the trace ids of everything else. */
const linksOfTabMax = 0x10000;
