/**
 * Names and accounts: who a name is, made at its first login where that is allowed (DESIGN 1, names table).
 *
 * Method: the account row (users table) is made first, then the name's row (names table), so that a name never points nowhere. All logins
 * of a name go through one look-up and one making, so they agree; of accounts asked for again only the last one gets the name. An
 * account whose name row was never written is harmless: nobody knows its id.
 */

import { hashBytes } from '../../model/hash.ts';
import { writeAccountKey, writeNameKey } from '../../model/keys.ts';
import { partitionOf, partitionOfHash, slotOfHash } from '../../model/partition.ts';
import type { RowBatch } from '../../model/row-batch.ts';
import { readUserOfName, writeAccount, writeUserOfName } from '../../model/values.ts';
import { newLookup, readLookup } from '../../protocol/generated/client-frames.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import {
  newAccountCreated,
  newAskUser,
  newCreateAccount,
  newLogin,
  readAccountCreated,
  readAskUser,
  readCreateAccount,
  readLogin,
} from '../../protocol/generated/link-frames.ts';
import type { FrameReader } from '../../protocol/reader.ts';
import { encodeUtf8 } from '../../protocol/utf8.ts';
import { type GetResult, Table } from '../../store/port.ts';
import type { Arrival } from '../arrival.ts';
import type { Node } from '../machine.ts';
import type { OwnerContext } from '../owner-context.ts';
import type { RowSource } from '../slot/gather.ts';
import type { SlotState } from '../slot/slot-state.ts';
import type { Slots } from '../slot/slots.ts';
import type { Requests } from './requests.ts';
import type { Users } from './users.ts';

/** A row written once, with nothing to do afterwards. */
class PlainRow implements RowSource {
  gathered = 0;
  private readonly write: (rows: RowBatch) => void;

  constructor(write: (rows: RowBatch) => void) {
    this.write = write;
  }

  writeRow(_what: number, rows: RowBatch): void {
    this.write(rows);
  }

  rowDurable(): void {}

  rowDropped(): void {}
}

interface WaitingLogin {
  readonly node: Node;
  readonly session: number;
  /** Id for the user if the name is new; 0: the login may not make one. */
  readonly newUser: number;
}

/** A name with logins that wait: it is being read, then made if there is none. */
interface Making {
  /** Of the name. */
  readonly slot: SlotState;
  /** The account asked for; 0: the name is still being read. */
  user: number;
  /** When it was asked for: the frame, or its answer, may be lost with a link. */
  askedAt: number;
  /** Its row gathers: the batch's outcome will come. */
  writing: boolean;
  readonly waiting: WaitingLogin[];
}

export class Names {
  private readonly context: OwnerContext;
  private readonly slots: Slots;
  private readonly users: Users;
  private readonly requests: Requests;
  private readonly loginFrame = newLogin();
  private readonly createFrame = newCreateAccount();
  private readonly createdFrame = newAccountCreated();
  private readonly askFrame = newAskUser();
  private readonly lookupFrame = newLookup();
  /** Names being made, with the logins that wait. */
  private readonly making = new Map<string, Making>();
  /** Accounts being made: they exist for nobody yet, but a second one must not take the id. */
  private readonly accountsUnderWay = new Set<number>();

  constructor(context: OwnerContext, slots: Slots, users: Users, requests: Requests) {
    this.context = context;
    this.slots = slots;
    this.users = users;
    this.requests = requests;
  }

  login(arrival: Arrival, reader: FrameReader): void {
    if (!readLogin(reader, this.loginFrame)) return;
    const { session, name, newUser } = this.loginFrame;
    const making = this.making.get(name);
    if (making !== undefined) {
      making.waiting.push({ node: arrival.from, session, newUser });
      const isLost = making.user !== 0 && !making.writing && this.context.now - making.askedAt >= this.context.limits.askUserMs;
      if (isLost && newUser !== 0) this.askAccount(making, name, newUser);
      return;
    }
    const slot = this.slotOf(arrival, name);
    if (slot === null) return;
    const begun: Making = { slot, user: 0, askedAt: 0, writing: false, waiting: [{ node: arrival.from, session, newUser }] };
    this.making.set(name, begun);
    this.read(slot, name, (result) => {
      // The slot was lost meanwhile: who waited was told.
      if (this.making.get(name) !== begun) return;
      const user = result.kind === 'ok' && result.value !== null ? readUserOfName(result.value) : 0;
      const maker = begun.waiting.find((login) => login.newUser !== 0);
      if (result.kind === 'unavailable' || !this.context.servesSlot(slot)) this.made(name, 0, ErrorCode.unavailable);
      else if (user !== 0) this.made(name, user, ErrorCode.ok);
      else if (maker === undefined) this.made(name, 0, ErrorCode.noSuchUser);
      else this.askAccount(begun, name, maker.newUser);
    });
  }

  refuseLogin(arrival: Arrival, reader: FrameReader, code: number): void {
    if (readLogin(reader, this.loginFrame)) this.loggedIn(arrival.from, this.loginFrame.session, 0, code);
  }

  lookup(arrival: Arrival, reader: FrameReader): void {
    if (!readLookup(reader, this.lookupFrame)) return;
    const { requestId, name } = this.lookupFrame;
    const slot = this.slotOf(arrival, name);
    if (slot === null) return;
    const { from: node, session } = arrival;
    this.read(slot, name, (result) => {
      const user = result.kind === 'ok' && result.value !== null ? readUserOfName(result.value) : 0;
      const isKnown = result.kind === 'ok' && this.context.servesSlot(slot);
      this.requests.answerName(node, session, requestId, isKnown ? ErrorCode.ok : ErrorCode.unavailable, user, name);
    });
  }

  refuseLookup(arrival: Arrival, reader: FrameReader, code: number): void {
    if (!readLookup(reader, this.lookupFrame)) return;
    this.requests.answerName(arrival.from, arrival.session, this.lookupFrame.requestId, code, 0, this.lookupFrame.name);
  }

  /** To the user owner: make the account row. */
  createAccount(arrival: Arrival, reader: FrameReader): void {
    if (!readCreateAccount(reader, this.createFrame)) return;
    const { user: id, name } = this.createFrame;
    const user = this.users.need(arrival, id);
    if (user === null) return;
    const node = arrival.from;
    this.readAccount(user.slot, id, (result) => {
      if (result.kind === 'unavailable' || user.slot.trouble !== 0 || !this.slots.isReady(user.slot)) {
        this.accountCreated(node, id, name, ErrorCode.unavailable);
      } else if (result.value !== null || this.accountsUnderWay.has(id)) {
        this.accountCreated(node, id, name, ErrorCode.noSuchUser);
      } else {
        this.writeAccount(user.slot, node, id, name);
      }
    });
  }

  refuseAccount(arrival: Arrival, reader: FrameReader, code: number): void {
    if (readCreateAccount(reader, this.createFrame)) this.accountCreated(arrival.from, this.createFrame.user, this.createFrame.name, code);
  }

  /** To the names owner: the account row is durable, or is not. */
  accountMade(reader: FrameReader): void {
    if (!readAccountCreated(reader, this.createdFrame)) return;
    const { user, name, code } = this.createdFrame;
    const making = this.making.get(name);
    // Asked twice, answered twice: only the account asked for last counts, and once.
    if (making === undefined || making.user !== user || making.writing) return;
    const bytes = encodeUtf8(name);
    const hash = hashBytes(bytes);
    const slot = this.slots.of(Table.names, partitionOfHash(hash), slotOfHash(hash));
    if (code !== ErrorCode.ok || slot.trouble !== 0 || !this.slots.isReady(slot)) {
      this.made(name, 0, code === ErrorCode.ok ? ErrorCode.unavailable : ErrorCode.busy);
      return;
    }
    making.writing = true;
    const gather = this.slots.gather(slot);
    const row = new PlainRow((rows) => {
      const { key, value } = this.context;
      key.reset();
      writeNameKey(key, slot.partition, slot.slot, hash, bytes);
      value.reset();
      writeUserOfName(value, user);
      rows.put(Table.names, key.view(), value.view());
    });
    row.rowDurable = () => {
      this.context.counters.usersCreated += 1;
      this.made(name, user, ErrorCode.ok);
    };
    row.rowDropped = () => this.made(name, 0, ErrorCode.unavailable);
    gather.add(row, 1);
    this.slots.urgent(slot);
  }

  /** To the user owner: does this user exist? */
  ask(arrival: Arrival, reader: FrameReader): void {
    if (!readAskUser(reader, this.askFrame)) return;
    const { conversationA: a, conversationB: b, user: id } = this.askFrame;
    const user = this.users.need(arrival, id);
    if (user === null) return;
    const node = arrival.from;
    this.readAccount(user.slot, id, (result) => {
      if (result.kind === 'unavailable' || !this.context.servesSlot(user.slot)) this.userExists(node, a, b, id, ErrorCode.unavailable);
      else this.userExists(node, a, b, id, result.value === null ? ErrorCode.noSuchUser : ErrorCode.ok);
    });
  }

  refuseAsk(arrival: Arrival, reader: FrameReader, code: number): void {
    if (!readAskUser(reader, this.askFrame)) return;
    this.userExists(arrival.from, this.askFrame.conversationA, this.askFrame.conversationB, this.askFrame.user, code);
  }

  /**
   * Names that were being made in a slot that was lost: their logins are told to come again. Those of other slots stay: a name begun
   * anew while its row is under way would get two users (simulator seed 2616).
   */
  forget(slot: SlotState): void {
    for (const [name, making] of [...this.making]) if (making.slot === slot) this.made(name, 0, ErrorCode.unavailable);
  }

  private askAccount(making: Making, name: string, newUser: number): void {
    making.user = newUser;
    making.askedAt = this.context.now;
    const link = this.context.link();
    link.varint(FrameType.createAccount);
    link.id53(newUser);
    link.string(name);
    this.context.sendLink(this.context.directory.ownerOf(partitionOf(newUser)));
  }

  private made(name: string, user: number, code: number): void {
    const waiting = this.making.get(name)?.waiting ?? [];
    this.making.delete(name);
    for (const login of waiting) this.loggedIn(login.node, login.session, user, code);
  }

  private writeAccount(slot: SlotState, node: Node, id: number, name: string): void {
    const gather = this.slots.gather(slot);
    const createdAt = this.context.now;
    this.accountsUnderWay.add(id);
    const row = new PlainRow((rows) => {
      const { key, value } = this.context;
      key.reset();
      writeAccountKey(key, slot.partition, slot.slot, id);
      value.reset();
      writeAccount(value, { name, createdAt });
      rows.put(Table.users, key.view(), value.view());
    });
    row.rowDurable = () => {
      this.accountsUnderWay.delete(id);
      this.accountCreated(node, id, name, ErrorCode.ok);
    };
    // Also when the slot is claimed again and nothing else is answered: the login that waits must not wait for ever.
    row.rowDropped = () => {
      this.accountsUnderWay.delete(id);
      this.accountCreated(node, id, name, ErrorCode.unavailable);
    };
    gather.add(row, 1);
    this.slots.urgent(slot);
  }

  private slotOf(arrival: Arrival, name: string): SlotState | null {
    const hash = hashBytes(encodeUtf8(name));
    const slot = this.slots.of(Table.names, partitionOfHash(hash), slotOfHash(hash));
    if (this.slots.isReady(slot)) return slot;
    arrival.park(slot.park());
    return null;
  }

  private read(slot: SlotState, name: string, then: (result: GetResult) => void): void {
    const { key } = this.context;
    const bytes = encodeUtf8(name);
    key.reset();
    writeNameKey(key, slot.partition, slot.slot, hashBytes(bytes), bytes);
    this.context.get(Table.names, key.copy(), { got: then });
  }

  private readAccount(slot: SlotState, id: number, then: (result: GetResult) => void): void {
    const { key } = this.context;
    key.reset();
    writeAccountKey(key, slot.partition, slot.slot, id);
    this.context.get(Table.users, key.copy(), { got: then });
  }

  private loggedIn(node: Node, session: number, user: number, code: number): void {
    const link = this.context.link();
    link.varint(FrameType.loggedIn);
    link.varint(session);
    link.id53(user);
    link.varint(code);
    this.context.sendLink(node);
  }

  private accountCreated(node: Node, user: number, name: string, code: number): void {
    const link = this.context.link();
    link.varint(FrameType.accountCreated);
    link.id53(user);
    link.string(name);
    link.varint(code);
    this.context.sendLink(node);
  }

  private userExists(node: Node, a: number, b: number, user: number, code: number): void {
    const link = this.context.link();
    link.varint(FrameType.userExists);
    link.id53(a);
    link.id53(b);
    link.id53(user);
    link.varint(code);
    this.context.sendLink(node);
  }
}
