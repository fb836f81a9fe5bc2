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
import { partitionCount } from '../core/model/partition.ts';
import { AfterStep } from './after-step.ts';
import { ClusterHost, type ClusterNode } from './cluster-host.ts';
import { addCounters } from './counters.ts';
import { Freezer } from './freezer.ts';
import type { Link, NodeEnd } from './network.ts';
import { NodeClock } from './node-clock.ts';
import { NodeConnections } from './node-connections.ts';
import { NodeDrain } from './node-drain.ts';
import { NodeLinks, partRun } from './node-links.ts';
import type { NodeOptions, NodeWorld } from './node-world.ts';
import { OwnerHost, type OwnerNode } from './owner-host.ts';
import type { PeerEnd } from './peers.ts';
import type { RandomStream } from './random.ts';
import type { Target } from './scheduler.ts';
import { judgeToken } from './token.ts';

const Code = { turn: 1, tick: 2, verified: 3, random: 4, restart: 5, linkAgain: 6, goOn: 7, clusterRandom: 8, drain: 9 } as const;
const drainLookUs = 20_000;
/** Trace ids of the nodes; below them the other entities, above them the tabs. */
const nodeTraceIds = 8;

export class NodeHost implements Target, NodeEnd, PeerEnd, EdgeOut, OwnerNode, ClusterNode {
  readonly node: Node;
  readonly traceId: number;
  readonly name: string;
  up = false;
  incarnation = 0;
  cutUntilUs = 0;
  doubtUntilUs = 0;
  readonly #world: NodeWorld;
  readonly #options: NodeOptions;
  readonly #random: RandomStream;
  #edge: Edge | undefined;
  readonly #owner: OwnerHost;
  readonly #connections: NodeConnections;
  readonly #freezer = new Freezer();
  readonly #clock: NodeClock;
  #slowUs = 0;
  #slowUntilUs = 0;
  readonly #links: NodeLinks;
  readonly cluster: ClusterHost;
  readonly #after = new AfterStep();
  readonly #drain: NodeDrain;
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
    this.#clock = new NodeClock(world.scheduler);
    this.#owner = new OwnerHost(this, world.store, world.cache);
    this.cluster = new ClusterHost(this, world.store, world.scheduler);
    this.#drain = new NodeDrain(world.scheduler, this.#owner, this.cluster);
  }

  start(): void {
    const { limits, storeId, isCluster, peers } = this.#world;
    this.incarnation += 1;
    this.up = true;
    this.#clock.restart();
    const { node } = this;
    const directory = isCluster ? this.cluster.start(limits, node) : { ownerOf: () => node };
    this.#edge = new Edge({ limits, directory, storeIdHigh: storeId.high, storeIdLow: storeId.low });
    this.#owner.start({ limits, directory, node, storeIdHigh: storeId.high, storeIdLow: storeId.low });
    if (!isCluster) {
      this.#owner.step({ kind: 'sweep' });
      return;
    }
    peers.nodeUp(node);
    this.#owner.step({ kind: 'assigned', holdings: new Uint8Array(partitionCount), version: 0 });
    this.#owner.step({ kind: 'lease', untilMs: 0 });
    this.cluster.step({ kind: 'tick' });
  }

  /** The process dies; `restartUs` later a new one begins. */
  crash(restartUs: number): void {
    if (!this.up) return;
    addCounters(this.#past, this.#edge?.counters);
    this.up = false;
    this.#links.reset();
    this.#edge = undefined;
    this.#after.reset();
    this.#drain.reset();
    this.#freezer.reset();
    this.#turnDue = false;
    this.#wakeUs = Number.POSITIVE_INFINITY;
    this.#owner.crash();
    this.cluster.crash();
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
    this.whenAwake(() => this.#owner.step({ kind: 'linkLost', node: this.node }));
    this.#at(forUs, Code.linkAgain, 0);
  }

  /** The process stands still. */
  pause(forUs: number): void {
    if (!this.up || this.#freezer.frozen) return;
    this.#freezer.frozen = true;
    this.#at(forUs, Code.goOn, 0);
  }

  /** The process is stopped in good order: others take its partitions, then it ends. */
  drain(restartUs: number): void {
    if (this.#freezer.frozen) return this.#freezer.hold(() => this.drain(restartUs));
    if (!this.up || this.#drain.under || !this.#world.isCluster) return;
    this.#edgeStep({ kind: 'drain', reconnectAfterMs: 100 });
    this.#drain.begin();
    this.#at(drainLookUs, Code.drain, restartUs);
  }

  /** Every turn takes up to `turnUs` longer. */
  slow(turnUs: number, untilUs: number): void {
    this.#slowUs = turnUs;
    this.#slowUntilUs = untilUs;
  }

  /** Somebody sets the system's clock. */
  setClock(offMs: number): void {
    this.#clock.offMs = offMs;
  }

  /** Up, awake, quick, with the right time. */
  heal(): void {
    this.#clock.offMs = 0;
    this.#slowUntilUs = 0;
    this.cutUntilUs = 0;
    this.#freezer.thaw();
    if (!this.up) this.start();
  }

  /** Of all processes of this node so far. */
  counters(): Record<string, number> {
    const total = { ...this.#past };
    addCounters(total, this.#edge?.counters);
    this.#owner.counters(total);
    this.cluster.counters(total);
    return total;
  }

  // ---- connections

  linkOpened(link: Link): void {
    this.whenAwake(() => {
      // It may have been broken while the process stood still.
      if (!link.nodeOpen) return;
      this.#connections.opened(link);
      this.#edgeStep({ kind: 'opened', connection: link.number, transport: 'stream' });
    });
  }

  linkReceived(link: Link, bytes: Uint8Array): void {
    this.whenAwake(() => {
      if (this.#connections.has(link)) this.#edgeStep({ kind: 'received', connection: link.number, bytes });
    });
  }

  linkClosed(link: Link): void {
    this.whenAwake(() => {
      if (this.#connections.closed(link)) this.#edgeStep({ kind: 'closed', connection: link.number });
    });
  }

  linkPressed(link: Link): void {
    this.whenAwake(() => {
      if (this.#connections.has(link)) this.#edgeStep({ kind: 'pressed', connection: link.number });
    });
  }

  linkDrained(link: Link): void {
    this.whenAwake(() => {
      if (this.#connections.has(link)) this.#edgeStep({ kind: 'drained', connection: link.number });
    });
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

  toNode(to: Node, bytes: Uint8Array, start: number, end: number): void {
    this.#links.add(to, bytes, start, end, false);
    this.#dueTurn();
  }

  ownerMoved(partition: number, owner: Node, version: number): void {
    this.#after.add(() => this.cluster.step({ kind: 'moved', partition, owner, version }));
  }

  // ---- what the owner says

  fromOwner(to: Node, bytes: Uint8Array, start: number, end: number): void {
    this.#world.tapOwner(this.name, bytes, start, end);
    this.#links.add(to, bytes, start, end, true);
    this.#dueTurn();
  }

  ownerSettled(version: number): void {
    this.#after.add(() => this.cluster.step({ kind: 'settled', version }));
  }

  drawForOwner(id: number): void {
    this.#at(1, Code.random, id);
  }

  // ---- links to other nodes

  peerReceived(from: Node, bytes: Uint8Array): void {
    const toOwner = (run: Uint8Array): void => this.#owner.step({ kind: 'link', from, bytes: run });
    const toEdge = (run: Uint8Array): void => this.#edgeStep({ kind: 'link', from, bytes: run });
    this.whenAwake(() => partRun(bytes, toOwner, toEdge));
  }

  peerLost(node: Node): void {
    this.whenAwake(() => this.#owner.step({ kind: 'linkLost', node }));
  }

  peerRemade(node: Node): void {
    this.whenAwake(() => {
      this.#edgeStep({ kind: 'linkRemade', node });
      this.#owner.step({ kind: 'linkRemade', node });
    });
  }

  // ---- what the cluster machine says

  assigned(holdings: Uint8Array, version: number): void {
    const copy = holdings.slice();
    this.#after.add(() => this.#owner.step({ kind: 'assigned', holdings: copy, version }));
  }

  lease(untilMs: number): void {
    this.#after.add(() => this.#owner.step({ kind: 'lease', untilMs }));
  }

  ownersChanged(): void {
    this.#after.add(() => {
      this.#edgeStep({ kind: 'ownersChanged' });
      this.#owner.step({ kind: 'ownersChanged' });
    });
  }

  drawForCluster(id: number): void {
    this.#at(1, Code.clusterRandom, id);
  }

  whenAwake(action: () => void): void {
    if (this.#freezer.frozen) this.#freezer.hold(action);
    else if (this.up) action();
  }

  stepped(): void {
    this.#after.run();
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
    // Of a process that is gone.
    if (typeof payload === 'number' && payload !== this.incarnation) return;
    switch (code) {
      case Code.turn:
        if (this.#turnDue) this.#turn();
        return;
      case Code.tick:
        if (number === this.#wakeUs) this.#tick(); // An earlier wake took the place of the others.
        return;
      case Code.verified: {
        const asked = payload as { token: string; incarnation: number };
        if (asked.incarnation === this.incarnation) this.#verified(number, asked.token);
        return;
      }
      case Code.random:
        this.#owner.step({ kind: 'random', id: number, high: this.#draw.u32(), low: this.#draw.u32() });
        return;
      case Code.linkAgain:
        this.#links.down = false;
        this.#edgeStep({ kind: 'linkRemade', node: this.node });
        return;
      case Code.clusterRandom:
        this.cluster.step({ kind: 'random', id: number, high: this.#draw.u32(), low: this.#draw.u32() });
        return;
      case Code.drain:
        if (this.#drain.goOn()) this.crash(number);
        else this.#at(drainLookUs, Code.drain, number);
        return;
      case Code.restart:
        if (!this.up) this.start();
        return;
      case Code.goOn:
        this.#freezer.thaw();
        return;
      default:
        throw new Error(`node: event ${code}`);
    }
  }

  #verified(connection: number, text: string): void {
    // As in the gateway: by the system's clock, not by the machines'.
    const judged = judgeToken(text, this.#clock.systemMs());
    if (typeof judged === 'number') this.#edgeStep({ kind: 'notVerified', connection, code: judged });
    else this.#edgeStep({ kind: 'verified', connection, ...judged, newUser: this.#world.newUser(judged.name) });
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

  /** An event of this process, so much later. */
  #at(afterUs: number, code: number, number: number): void {
    const { scheduler } = this.#world;
    scheduler.schedule(scheduler.nowUs + afterUs, this, code, number, this.incarnation);
  }

  #tick(): void {
    this.#wakeUs = Number.POSITIVE_INFINITY;
    const nowMs = this.nowMs();
    if (this.cluster.nextWakeMs() <= nowMs) this.cluster.step({ kind: 'tick' });
    if (this.#edge !== undefined && this.#edge.nextWakeMs() <= nowMs) this.#edgeStep({ kind: 'tick' });
    if (this.#owner.nextWakeMs() <= nowMs) this.#owner.step({ kind: 'tick' });
    this.#dueWake();
  }

  /** Links both ways until nothing is left, then every connection. */
  #turn(): void {
    this.#turnDue = false;
    this.#links.exchange(
      (bytes) => this.#owner.step({ kind: 'link', from: this.node, bytes }),
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
    const wakeMs = Math.min(edgeMs, this.#owner.nextWakeMs(), this.cluster.nextWakeMs());
    if (wakeMs === Number.POSITIVE_INFINITY) return;
    const { scheduler } = this.#world;
    const wakeUs = this.#clock.usAt(wakeMs);
    if (wakeUs >= this.#wakeUs) return;
    this.#wakeUs = wakeUs;
    scheduler.schedule(wakeUs, this, Code.tick, wakeUs, this.incarnation);
  }

  /** This node's draws at this instant. */
  get #draw(): RandomStream {
    return this.#random.at(this.#world.scheduler.nowUs);
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }
}
