/**
 * One node of a run: the very edge, owner and cluster machine of production, with their effects executed in virtual time. A node alone has no
 * cluster machine: it owns everything.
 *
 * Method: as in the production host, effects only fill buffers; a turn a little later gives the gathered link run to the other machine, both
 * ways until nothing is left, and then flushes every connection and the links to other nodes. A crash throws the machines and all buffers
 * away; a restart makes fresh machines on the same store.
 */
import { Edge } from '../core/engine/edge/edge.ts';
import type { EdgeInput, EdgeOut } from '../core/engine/edge/edge-port.ts';
import type { Node } from '../core/engine/machine.ts';
import { Owner } from '../core/engine/owner.ts';
import type { OwnerInput, OwnerOut } from '../core/engine/owner-port.ts';
import { partitionCount } from '../core/model/partition.ts';
import { SteadyClock } from '../core/model/steady-clock.ts';
import { ErrorCode } from '../core/protocol/generated/codes.ts';
import type { Limits } from '../core/protocol/limits.ts';
import type { GetResult, ScanRequest, ScanResult, StoreWrite, Table, WriteOutcome } from '../core/store/port.ts';
import { systemMs } from './clock.ts';
import { ClusterHost, type ClusterNode } from './cluster-host.ts';
import { addCounters } from './counters.ts';
import { Freezer } from './freezer.ts';
import type { Link, NodeEnd } from './network.ts';
import { NodeConnections } from './node-connections.ts';
import { NodeLinks, partRun } from './node-links.ts';
import type { PeerEnd, Peers } from './peers.ts';
import type { RandomStream } from './random.ts';
import type { Scheduler, Target } from './scheduler.ts';
import type { StoreModel, StoreUser } from './store-model.ts';
import { readToken } from './token.ts';

export interface NodeOptions {
  /** A turn follows its input by at most so long. */
  readonly turnUsMax: number;
}

export interface NodeWorld {
  /** Links to other nodes. */
  readonly peers: Peers;
  /** The node is one of several. */
  readonly isCluster: boolean;
  readonly scheduler: Scheduler;
  readonly store: StoreModel;
  readonly limits: Limits;
  readonly storeId: { readonly high: number; readonly low: number };
  /** A server frame leaves for a client: `bytes[start, end)`. */
  tapDown(node: string, bytes: Uint8Array, start: number, end: number): void;
  /** The node's end of a connection is gone. */
  nodeEndClosed(link: Link): void;
  /** A random id for a user who may be new. */
  newUser(name: string): number;
  /** A machine threw: an internal impossibility. */
  crashed(error: unknown): void;
}

const Code = { turn: 1, tick: 2, verified: 3, random: 4, restart: 5, linkAgain: 6, goOn: 7, clusterRandom: 8, drain: 9 } as const;
/** How long a drain waits for others to take the partitions, then for its own releases. */
const drainUsMax = 6_000_000;
const drainLookUs = 20_000;
/** Trace ids of the nodes; below them the other entities, above them the tabs. */
const nodeTraceIds = 8;
const wakeAgainUs = 200;

export class NodeHost implements Target, NodeEnd, PeerEnd, StoreUser, EdgeOut, OwnerOut, ClusterNode {
  readonly node: Node;
  readonly traceId: number;
  readonly name: string;
  up = false;
  incarnation = 0;
  /** The store is out of reach until then. */
  cutUntilUs = 0;
  readonly #world: NodeWorld;
  readonly #options: NodeOptions;
  readonly #random: RandomStream;
  #edge: Edge | undefined;
  #owner: Owner | undefined;
  readonly #connections: NodeConnections;
  readonly #freezer = new Freezer();
  /** The process's clock, and how wrong the system's is. */
  #clock = new SteadyClock();
  #clockOffMs = 0;
  #slowUs = 0;
  #slowUntilUs = 0;
  readonly #links: NodeLinks;
  readonly #cluster: ClusterHost;
  #fromOwner = false;
  /** What one machine's effects ask of another, done after its step. */
  #after: (() => void)[] = [];
  #isAfter = false;
  #drainBeganUs = -1;
  #turnDue = false;
  #wakeUs = Number.POSITIVE_INFINITY;
  /** Counters of the machines that are gone. */
  readonly #past: Record<string, number> = {};

  constructor(world: NodeWorld, index: number, options: NodeOptions, random: RandomStream) {
    this.traceId = nodeTraceIds + index;
    this.node = index;
    this.name = `n${index}`;
    this.#world = world;
    this.#connections = new NodeConnections(this.name, world);
    this.#options = options;
    this.#random = random;
    this.#links = new NodeLinks(index);
    this.#cluster = new ClusterHost(this, world.store);
  }

  start(): void {
    const { limits, storeId, isCluster, peers } = this.#world;
    this.incarnation += 1;
    this.up = true;
    this.#clock = new SteadyClock();
    const { node } = this;
    const directory = isCluster ? this.#cluster.start(limits, node) : { ownerOf: () => node };
    this.#edge = new Edge({ limits, directory, storeIdHigh: storeId.high, storeIdLow: storeId.low });
    this.#owner = new Owner({ limits, directory, node, storeIdHigh: storeId.high, storeIdLow: storeId.low });
    if (!isCluster) {
      this.#ownerStep({ kind: 'sweep' });
      return;
    }
    peers.nodeUp(node);
    this.#ownerStep({ kind: 'assigned', holdings: new Uint8Array(partitionCount), version: 0 });
    this.#ownerStep({ kind: 'lease', untilMs: 0 });
    this.#cluster.step({ kind: 'tick' });
  }

  /** The process dies; `restartUs` later a new one begins. */
  crash(restartUs: number): void {
    if (!this.up) return;
    addCounters(this.#past, this.#edge?.counters);
    addCounters(this.#past, this.#owner?.counters);
    this.up = false;
    this.#links.reset();
    this.#edge = undefined;
    this.#owner = undefined;
    this.#after = [];
    this.#drainBeganUs = -1;
    this.#freezer.reset();
    this.#turnDue = false;
    this.#wakeUs = Number.POSITIVE_INFINITY;
    this.#world.store.crashed(this);
    this.#cluster.crash();
    if (this.#world.isCluster) this.#world.peers.nodeDown(this.node);
    this.incarnation += 1;
    this.#connections.dropAll();
    this.#world.scheduler.schedule(this.#world.scheduler.nowUs + restartUs, this, Code.restart);
  }

  /** The link between edge and owner breaks for a while: what is on it is lost, registrations die. */
  breakLink(forUs: number): void {
    if (!this.up || this.#links.down) return;
    this.#links.down = true;
    this.#links.loseOwn();
    this.#ownerStep({ kind: 'linkLost', node: this.node });
    const { scheduler } = this.#world;
    scheduler.schedule(scheduler.nowUs + forUs, this, Code.linkAgain, 0, this.incarnation);
  }

  /** The process stands still. */
  pause(forUs: number): void {
    if (!this.up || this.#freezer.frozen) return;
    this.#freezer.frozen = true;
    const { scheduler } = this.#world;
    scheduler.schedule(scheduler.nowUs + forUs, this, Code.goOn, 0, this.incarnation);
  }

  /** The process is stopped in good order: others take its partitions, then it ends. */
  drain(restartUs: number): void {
    if (!this.up || this.#drainBeganUs >= 0 || !this.#world.isCluster) return;
    const { scheduler } = this.#world;
    this.#drainBeganUs = scheduler.nowUs;
    this.#edgeStep({ kind: 'drain', reconnectAfterMs: 100 });
    this.#cluster.step({ kind: 'drain' });
    scheduler.schedule(scheduler.nowUs + drainLookUs, this, Code.drain, restartUs, this.incarnation);
  }

  /** Every turn takes up to `turnUs` longer. */
  slow(turnUs: number, untilUs: number): void {
    this.#slowUs = turnUs;
    this.#slowUntilUs = untilUs;
  }

  /** Somebody sets the system's clock. */
  setClock(offMs: number): void {
    this.#clockOffMs = offMs;
  }

  /** Up, awake, quick, with the right time. */
  heal(): void {
    this.#clockOffMs = 0;
    this.#slowUntilUs = 0;
    this.cutUntilUs = 0;
    this.#freezer.thaw();
    if (!this.up) this.start();
  }

  /** Of all processes of this node so far. */
  counters(): Record<string, number> {
    const total = { ...this.#past };
    addCounters(total, this.#edge?.counters);
    addCounters(total, this.#owner?.counters);
    this.#cluster.counters(total);
    return total;
  }

  // ---- connections

  linkOpened(link: Link): void {
    if (this.#freezer.frozen) return this.#freezer.hold(() => this.linkOpened(link));
    // It may have been broken while the process stood still.
    if (!link.nodeOpen) return;
    this.#connections.opened(link);
    this.#edgeStep({ kind: 'opened', connection: link.number, transport: 'stream' });
  }

  linkReceived(link: Link, bytes: Uint8Array): void {
    if (this.#freezer.frozen) return this.#freezer.hold(() => this.linkReceived(link, bytes));
    if (this.#connections.has(link)) this.#edgeStep({ kind: 'received', connection: link.number, bytes });
  }

  linkClosed(link: Link): void {
    if (this.#freezer.frozen) return this.#freezer.hold(() => this.linkClosed(link));
    if (!this.#connections.closed(link)) return;
    this.#edgeStep({ kind: 'closed', connection: link.number });
  }

  linkPressed(link: Link): void {
    if (this.#freezer.frozen) return this.#freezer.hold(() => this.linkPressed(link));
    if (this.#connections.has(link)) this.#edgeStep({ kind: 'pressed', connection: link.number });
  }

  linkDrained(link: Link): void {
    if (this.#freezer.frozen) return this.#freezer.hold(() => this.linkDrained(link));
    if (this.#connections.has(link)) this.#edgeStep({ kind: 'drained', connection: link.number });
  }

  // ---- effects of the edge

  toConnection(connection: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#connections.send(connection, bytes, start, end)) this.#dueTurn();
  }

  close(connection: number, code: number): void {
    if (this.#connections.close(connection, code)) this.#dueTurn();
  }

  verifyToken(connection: number, token: string): void {
    const { scheduler } = this.#world;
    scheduler.schedule(scheduler.nowUs + this.#draw.below(500), this, Code.verified, connection, {
      token,
      incarnation: this.incarnation,
    });
  }

  // ---- effects of both: what is for a session goes to the edge, everything else to the owner

  toNode(to: Node, bytes: Uint8Array, start: number, end: number): void {
    this.#links.add(to, bytes, start, end, this.#fromOwner);
    this.#dueTurn();
  }

  ownerMoved(partition: number, owner: Node, version: number): void {
    this.#later(() => this.#cluster.step({ kind: 'moved', partition, owner, version }));
  }

  // ---- effects of the owner

  settled(version: number): void {
    this.#later(() => this.#cluster.step({ kind: 'settled', version }));
  }

  storeWrite(request: StoreWrite): void {
    this.#world.store.write(request, this);
  }

  storeGet(id: number, table: Table, key: Uint8Array): void {
    this.#world.store.get(id, table, key, this);
  }

  storeScan(id: number, request: ScanRequest): void {
    this.#world.store.scan(id, request, this);
  }

  drawRandom(id: number): void {
    const { scheduler } = this.#world;
    scheduler.schedule(scheduler.nowUs + 1, this, Code.random, id, this.incarnation);
  }

  written(id: number, outcome: WriteOutcome): void {
    if (this.#freezer.frozen) return this.#freezer.hold(() => this.written(id, outcome));
    this.#ownerStep({ kind: 'written', id, outcome });
  }

  got(id: number, result: GetResult): void {
    if (this.#freezer.frozen) return this.#freezer.hold(() => this.got(id, result));
    this.#ownerStep({ kind: 'got', id, result });
  }

  scanned(id: number, result: ScanResult): void {
    if (this.#freezer.frozen) return this.#freezer.hold(() => this.scanned(id, result));
    this.#ownerStep({ kind: 'scanned', id, result });
  }

  // ---- links to other nodes

  peerReceived(from: Node, bytes: Uint8Array): void {
    this.whenAwake(() => {
      partRun(
        bytes,
        (run) => this.#ownerStep({ kind: 'link', from, bytes: run }),
        (run) => this.#edgeStep({ kind: 'link', from, bytes: run }),
      );
    });
  }

  peerLost(node: Node): void {
    this.whenAwake(() => this.#ownerStep({ kind: 'linkLost', node }));
  }

  peerRemade(node: Node): void {
    this.whenAwake(() => {
      this.#edgeStep({ kind: 'linkRemade', node });
      this.#ownerStep({ kind: 'linkRemade', node });
    });
  }

  // ---- what the cluster machine says

  assigned(holdings: Uint8Array, version: number): void {
    const copy = holdings.slice();
    this.#later(() => this.#ownerStep({ kind: 'assigned', holdings: copy, version }));
  }

  lease(untilMs: number): void {
    this.#later(() => this.#ownerStep({ kind: 'lease', untilMs }));
  }

  ownersChanged(): void {
    this.#later(() => {
      this.#edgeStep({ kind: 'ownersChanged' });
      this.#ownerStep({ kind: 'ownersChanged' });
    });
  }

  drawForCluster(id: number): void {
    const { scheduler } = this.#world;
    scheduler.schedule(scheduler.nowUs + 1, this, Code.clusterRandom, id, this.incarnation);
  }

  whenAwake(action: () => void): void {
    if (this.#freezer.frozen) this.#freezer.hold(action);
    else if (this.up) action();
  }

  stepped(): void {
    this.#runAfter();
    this.#dueWake();
  }

  crashed(error: unknown): void {
    this.#world.crashed(error);
  }

  // ---- events

  fire(code: number, number: number, payload: unknown): void {
    if (this.#freezer.frozen && code !== Code.restart && code !== Code.goOn) {
      this.#freezer.hold(() => this.fire(code, number, payload));
      return;
    }
    switch (code) {
      case Code.turn:
        if (this.#turnDue && payload === this.incarnation) this.#turn();
        return;
      case Code.tick:
        // Only the last planned one counts: an earlier wake took the place of the others.
        if (payload === this.incarnation && number === this.#wakeUs) this.#tick();
        return;
      case Code.verified: {
        const asked = payload as { token: string; incarnation: number };
        if (asked.incarnation === this.incarnation) this.#verified(number, asked.token);
        return;
      }
      case Code.random:
        if (payload === this.incarnation) {
          this.#ownerStep({ kind: 'random', id: number, high: this.#draw.u32(), low: this.#draw.u32() });
        }
        return;
      case Code.linkAgain:
        if (payload !== this.incarnation) return;
        this.#links.down = false;
        this.#edgeStep({ kind: 'linkRemade', node: this.node });
        return;
      case Code.clusterRandom:
        if (payload !== this.incarnation) return;
        this.#cluster.step({ kind: 'random', id: number, high: this.#draw.u32(), low: this.#draw.u32() });
        return;
      case Code.drain:
        if (payload === this.incarnation) this.#drainOn(number);
        return;
      case Code.restart:
        if (!this.up) this.start();
        return;
      case Code.goOn:
        if (payload === this.incarnation) this.#freezer.thaw();
        return;
      default:
        throw new Error(`node: event ${code}`);
    }
  }

  #verified(connection: number, text: string): void {
    // As in the gateway: by the system's clock, not by the machines'.
    const nowMs = systemMs(this.#world.scheduler.nowUs) + this.#clockOffMs;
    const token = readToken(text);
    if (token === null || token.expiresAtMs <= nowMs) {
      const code = token === null ? ErrorCode.tokenInvalid : ErrorCode.tokenExpired;
      this.#edgeStep({ kind: 'notVerified', connection, code });
      return;
    }
    const { name, issuedAtMs, expiresAtMs } = token;
    this.#edgeStep({ kind: 'verified', connection, name, issuedAtMs, expiresAtMs, newUser: this.#world.newUser(name) });
  }

  #edgeStep(input: EdgeInput): void {
    const edge = this.#edge;
    if (edge === undefined) return;
    try {
      edge.step(input, this.nowMs(), this);
    } catch (error) {
      this.#world.crashed(error);
    }
    this.stepped();
  }

  #ownerStep(input: OwnerInput): void {
    const owner = this.#owner;
    if (owner === undefined) return;
    this.#fromOwner = true;
    try {
      owner.step(input, this.nowMs(), this);
    } catch (error) {
      this.#world.crashed(error);
    }
    this.#fromOwner = false;
    this.stepped();
  }

  /** Of a machine's effect: done when its step is over. */
  #later(action: () => void): void {
    this.#after.push(action);
  }

  #runAfter(): void {
    if (this.#isAfter) return;
    this.#isAfter = true;
    for (let action = this.#after.shift(); action !== undefined; action = this.#after.shift()) action();
    this.#isAfter = false;
  }

  /** Others have the partitions (or take too long): release, say so, end. */
  #drainOn(restartUs: number): void {
    const { scheduler } = this.#world;
    const owner = this.#owner;
    const cluster = this.#cluster.machine;
    if (owner === undefined || cluster === undefined) return;
    const isLate = scheduler.nowUs - this.#drainBeganUs > drainUsMax;
    if (cluster.ended || scheduler.nowUs - this.#drainBeganUs > 2 * drainUsMax) {
      this.crash(restartUs);
      return;
    }
    if (cluster.relieved || isLate) {
      if (owner.drained()) this.#cluster.step({ kind: 'leave' });
      else this.#ownerStep({ kind: 'drain' });
    }
    scheduler.schedule(scheduler.nowUs + drainLookUs, this, Code.drain, restartUs, this.incarnation);
  }

  #tick(): void {
    this.#wakeUs = Number.POSITIVE_INFINITY;
    const nowMs = this.nowMs();
    if (this.#cluster.nextWakeMs() <= nowMs) this.#cluster.step({ kind: 'tick' });
    if (this.#edge !== undefined && this.#edge.nextWakeMs() <= nowMs) this.#edgeStep({ kind: 'tick' });
    if (this.#owner !== undefined && this.#owner.nextWakeMs() <= nowMs) this.#ownerStep({ kind: 'tick' });
    this.#dueWake();
  }

  /** Links both ways until nothing is left, then every connection. */
  #turn(): void {
    this.#turnDue = false;
    this.#links.exchange(
      (bytes) => this.#ownerStep({ kind: 'link', from: this.node, bytes }),
      (bytes) => this.#edgeStep({ kind: 'link', from: this.node, bytes }),
    );
    this.#links.flushPeers((to, bytes) => this.#world.peers.send(this.node, to, bytes));
    this.#turnDue = false;
    this.#connections.flush();
  }

  #dueTurn(): void {
    if (this.#turnDue) return;
    this.#turnDue = true;
    const { scheduler } = this.#world;
    const slowUs = scheduler.nowUs < this.#slowUntilUs ? this.#slowUs : 0;
    scheduler.schedule(scheduler.nowUs + this.#draw.below(this.#options.turnUsMax + slowUs + 1), this, Code.turn, 0, this.incarnation);
  }

  #dueWake(): void {
    const edgeMs = this.#edge?.nextWakeMs() ?? Number.POSITIVE_INFINITY;
    const ownerMs = this.#owner?.nextWakeMs() ?? Number.POSITIVE_INFINITY;
    const wakeMs = Math.min(edgeMs, ownerMs, this.#cluster.nextWakeMs());
    if (wakeMs === Number.POSITIVE_INFINITY) return;
    const { scheduler } = this.#world;
    // The full millisecond at which the clock says so, if it is not put right meanwhile; else the next try is soon.
    const planUs = scheduler.nowUs + (Math.ceil(wakeMs) - this.nowMs()) * 1000 - (scheduler.nowUs % 1000);
    const wakeUs = planUs > scheduler.nowUs ? planUs : scheduler.nowUs + wakeAgainUs;
    if (wakeUs >= this.#wakeUs) return;
    this.#wakeUs = wakeUs;
    scheduler.schedule(wakeUs, this, Code.tick, wakeUs, this.incarnation);
  }

  /** This node's draws at this instant. */
  get #draw(): RandomStream {
    return this.#random.at(this.#world.scheduler.nowUs);
  }

  nowMs(): number {
    const { nowUs } = this.#world.scheduler;
    return this.#clock.read(nowUs / 1000, systemMs(nowUs) + this.#clockOffMs);
  }
}
