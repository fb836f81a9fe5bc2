/**
 * Runs the machines of one node: edge, polls and owner, around one loop turn.
 *
 * Method: input from sockets steps the edge at once, because its bytes live only that long. Everything else waits for the end of the turn
 * (setImmediate): frames for the owner go to it as one run, its answers go back as one run, and each connection gets one
 * message. So the work of a turn is shared by all that came in it, and nothing is made per message. An exception out of a machine is an
 * impossibility: `fatal` ends the process, which recovery then finds as it finds any crash.
 */
import type { Edge } from '../engine/edge/edge.ts';
import type { EdgeInput, EdgeOut, Transport } from '../engine/edge/edge-port.ts';
import type { Polls } from '../engine/edge/poll.ts';
import type { PollInput, PollOut, PollRefusal } from '../engine/edge/poll-port.ts';
import { isForEdge } from '../engine/link-direction.ts';
import type { Node } from '../engine/machine.ts';
import type { OwnerInput, OwnerMachine, OwnerOut } from '../engine/owner-port.ts';
import type { VerifiedToken } from '../gateway/auth/token-verifier.ts';
import { ClientConnection } from '../gateway/connection.ts';
import { Connections } from '../gateway/connections.ts';
import type { EngineAccess, PollAnswer } from '../gateway/engine-access.ts';
import { encodeFrame, RunReader } from '../protocol/codec.ts';
import { ErrorCode } from '../protocol/generated/codes.ts';
import type { Frame } from '../protocol/generated/frames.ts';
import type { Limits } from '../protocol/limits.ts';
import type { ScanRequest, Store, StoreWrite, Table } from '../store/port.ts';
import { nowMs } from './clock.ts';
import { LinkRun } from './link-run.ts';
import { random32, randomUserId } from './random.ts';

/** Edge and owner answer each other so often within one turn; what is left waits for the next. */
const roundsMax = 8;
const thisNode: Node = 0;

export interface EngineLoopOptions {
  readonly limits: Limits;
  readonly edge: Edge;
  readonly polls: Polls;
  readonly owner: OwnerMachine;
  readonly store: Store;
  /** Makes users of new names. */
  readonly createUsers: boolean;
  verifyToken(token: string, answer: (token: VerifiedToken | { readonly code: number }) => void): void;
  probe(): Promise<boolean>;
  /** Never returns to the machines. */
  fatal(error: unknown): void;
}

export class EngineLoop implements EngineAccess, EdgeOut, OwnerOut {
  readonly connections = new Connections();
  readonly edge: Edge;
  readonly polls: Polls;
  readonly owner: OwnerMachine;
  readonly limits: Limits;
  stopping = false;
  turns = 0;
  private readonly options: EngineLoopOptions;
  private readonly store: Store;
  private readonly toOwnerRun = new LinkRun();
  private readonly toEdgeRun = new LinkRun();
  private readonly ownerInputs: OwnerInput[] = [];
  private readonly edgeInputs: EdgeInput[] = [];
  private readonly pollAnswers = new Map<number, PollAnswer>();
  private readonly pollOut: PollOut;
  private turnPlanned = false;
  private timer: NodeJS.Timeout | null = null;
  private timerAtMs = Number.POSITIVE_INFINITY;
  private dead = false;

  constructor(options: EngineLoopOptions) {
    this.options = options;
    this.limits = options.limits;
    this.edge = options.edge;
    this.polls = options.polls;
    this.owner = options.owner;
    this.store = options.store;
    this.pollOut = this.createPollOut();
  }

  get connectionCount(): number {
    return this.connections.size;
  }

  // ---- what the doors ask

  newConnectionNumber(): number {
    return this.connections.newNumber();
  }

  opened(connection: ClientConnection, transport: Transport): void {
    this.connections.add(connection);
    this.stepEdge({ kind: 'opened', connection: connection.number, transport });
  }

  received(number: number, bytes: Uint8Array): void {
    this.stepEdge({ kind: 'received', connection: number, bytes });
  }

  closed(number: number): void {
    this.connections.remove(number);
    this.stepEdge({ kind: 'closed', connection: number });
  }

  pressed(number: number): void {
    this.stepEdge({ kind: 'pressed', connection: number });
  }

  drained(number: number): void {
    this.stepEdge({ kind: 'drained', connection: number });
  }

  verified(number: number, token: VerifiedToken, mayCreate = this.options.createUsers): void {
    const newUser = mayCreate ? randomUserId() : 0;
    const { name, issuedAtMs, expiresAtMs } = token;
    this.stepEdge({ kind: 'verified', connection: number, name, issuedAtMs, expiresAtMs, newUser });
  }

  asked(poll: Extract<PollInput, { kind: 'asked' }>, answer: PollAnswer): void {
    this.pollAnswers.set(poll.request, answer);
    this.stepPolls(poll);
  }

  pollAborted(request: number): void {
    this.pollAnswers.delete(request);
    this.stepPolls({ kind: 'aborted', request });
  }

  toOwner(frame: Frame): void {
    const bytes = encodeFrame(frame);
    this.toOwnerRun.add(bytes, 0, bytes.length);
    this.planTurn();
  }

  probe(): Promise<boolean> {
    return this.options.probe();
  }

  // ---- what the host asks

  stepOwner(input: OwnerInput): void {
    if (this.dead) return;
    try {
      this.owner.step(input, nowMs(), this);
    } catch (error) {
      this.die(error);
    }
    this.planTurn();
  }

  /** Sends every client away. */
  drainEdge(reconnectAfterMs: number): void {
    this.stepEdge({ kind: 'drain', reconnectAfterMs });
  }

  stop(): void {
    this.dead = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  // ---- effects of the edge and the owner

  toConnection(connection: number, bytes: Uint8Array, start: number, end: number): void {
    this.connections.gather(connection, bytes, start, end);
  }

  close(connection: number, code: number): void {
    this.connections.close(connection, code);
  }

  verifyToken(connection: number, token: string): void {
    this.options.verifyToken(token, (answer) => {
      const pollName = this.polls.nameOf(connection);
      if ('code' in answer) this.stepEdge({ kind: 'notVerified', connection, code: answer.code });
      else if (pollName !== undefined && pollName !== answer.name) {
        this.stepEdge({ kind: 'notVerified', connection, code: ErrorCode.wrongUser });
      } else this.verified(connection, answer);
    });
  }

  /** Of both machines: what is for a session goes to the edge, everything else to the owner. */
  toNode(_node: Node, bytes: Uint8Array, start: number, end: number): void {
    (isForEdge(bytes[start]) ? this.toEdgeRun : this.toOwnerRun).add(bytes, start, end);
  }

  storeWrite(request: StoreWrite): void {
    const { id } = request;
    this.store.write(request, (outcome) => this.stepOwner({ kind: 'written', id, outcome }));
  }

  storeGet(id: number, table: Table, key: Uint8Array): void {
    this.store.get(table, key, (result) => this.stepOwner({ kind: 'got', id, result }));
  }

  storeScan(id: number, request: ScanRequest): void {
    this.store.scan(request, (result) => this.stepOwner({ kind: 'scanned', id, result }));
  }

  drawRandom(id: number): void {
    this.ownerInputs.push({ kind: 'random', id, high: random32(), low: random32() });
  }

  /** A node alone: nothing moves. */
  ownerMoved(): void {}

  settled(): void {}

  // ---- the turn

  private stepEdge(input: EdgeInput): void {
    if (this.dead) return;
    try {
      this.edge.step(input, nowMs(), this);
    } catch (error) {
      this.die(error);
    }
    this.planTurn();
  }

  private stepPolls(input: PollInput): void {
    if (this.dead) return;
    try {
      this.polls.step(input, nowMs(), this.pollOut);
    } catch (error) {
      this.die(error);
    }
    this.planTurn();
  }

  private planTurn(): void {
    if (this.turnPlanned) return;
    this.turnPlanned = true;
    setImmediate(this.turn);
  }

  private readonly turn = (): void => {
    this.turnPlanned = false;
    if (this.dead) return;
    this.turns++;
    try {
      this.runMachines();
      this.armTimer();
    } catch (error) {
      this.die(error);
    }
  };

  private runMachines(): void {
    for (let round = 0; round < roundsMax; round++) {
      let worked = this.runInputs();
      if (this.toOwnerRun.length > 0) {
        this.owner.step({ kind: 'link', from: thisNode, bytes: this.toOwnerRun.take() }, nowMs(), this);
        worked = true;
      }
      if (this.toEdgeRun.length > 0) {
        this.edge.step({ kind: 'link', from: thisNode, bytes: this.toEdgeRun.take() }, nowMs(), this);
        worked = true;
      }
      if (!worked) break;
    }
    this.connections.flush();
    if (this.polls.size > 0 || this.pollAnswers.size > 0) this.polls.step({ kind: 'flush' }, nowMs(), this.pollOut);
    if (this.toOwnerRun.length > 0 || this.toEdgeRun.length > 0 || this.edgeInputs.length > 0 || this.ownerInputs.length > 0)
      this.planTurn();
  }

  /** Inputs that effects asked for. A list grows while it is walked. */
  private runInputs(): boolean {
    const { edgeInputs, ownerInputs } = this;
    if (edgeInputs.length === 0 && ownerInputs.length === 0) return false;
    for (let at = 0; at < edgeInputs.length; at++) this.edge.step(edgeInputs[at], nowMs(), this);
    edgeInputs.length = 0;
    for (let at = 0; at < ownerInputs.length; at++) this.owner.step(ownerInputs[at], nowMs(), this);
    ownerInputs.length = 0;
    return true;
  }

  /** One timer for all machines; one that is early does no harm. */
  private armTimer(): void {
    const wakeMs = Math.min(this.edge.nextWakeMs(), this.owner.nextWakeMs(), this.polls.nextWakeMs());
    if (wakeMs >= this.timerAtMs) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timerAtMs = wakeMs;
    this.timer = setTimeout(this.onTimer, Math.max(1, wakeMs - nowMs()));
  }

  private readonly onTimer = (): void => {
    this.timer = null;
    this.timerAtMs = Number.POSITIVE_INFINITY;
    if (this.dead) return;
    const now = nowMs();
    this.stepEdge({ kind: 'tick' });
    if (this.owner.nextWakeMs() <= now) this.stepOwner({ kind: 'tick' });
    if (this.polls.nextWakeMs() <= now) this.stepPolls({ kind: 'tick' });
  };

  private die(error: unknown): void {
    this.dead = true;
    this.options.fatal(error);
  }

  // ---- polls

  private createPollOut(): PollOut {
    return {
      answer: (request, id, bytes) => this.takePollAnswer(request)?.answer(id, bytes),
      refuse: (request, reason: PollRefusal) => this.takePollAnswer(request)?.refuse(reason),
      opened: (connection) => {
        this.connections.add(new PollConnection(connection, (input) => this.stepPolls(input)));
        this.edgeInputs.push({ kind: 'opened', connection, transport: 'poll' });
      },
      received: (connection, bytes) => this.edgeInputs.push({ kind: 'received', connection, bytes }),
      closed: (connection) => {
        this.connections.remove(connection);
        this.edgeInputs.push({ kind: 'closed', connection });
      },
      pressed: (connection) => this.edgeInputs.push({ kind: 'pressed', connection }),
      drained: (connection) => this.edgeInputs.push({ kind: 'drained', connection }),
    };
  }

  private takePollAnswer(request: number): PollAnswer | undefined {
    const answer = this.pollAnswers.get(request);
    this.pollAnswers.delete(request);
    return answer;
  }
}

/** A poll sequence as a connection: its frames wait in the poll machine. */
class PollConnection extends ClientConnection {
  private readonly step: (input: PollInput) => void;
  private readonly run: RunReader;

  constructor(number: number, step: (input: PollInput) => void) {
    super(number);
    this.step = step;
    this.run = new RunReader(Number.MAX_SAFE_INTEGER);
  }

  override sendRun(bytes: Uint8Array, length: number): void {
    const { run, number } = this;
    run.reset(bytes, 0, length);
    while (run.next()) this.step({ kind: 'frame', connection: number, bytes, start: run.frameStart, end: run.frameEnd });
  }

  override end(_code: number): void {
    this.step({ kind: 'close', connection: this.number });
  }
}
