/**
 * The client session: dispatches inputs and frames to the parts, and at the end of each step lets them send in one fixed order:
 * store first, then acks (of what is stored), syncs and sends.
 *
 * Method: one object a tab. The parts share `ClientContext`; frames are read into objects shared by all sessions of the process,
 * so that the way of a message allocates next to nothing.
 */
import { RunReader } from '../../protocol/codec.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import * as frames from '../../protocol/index.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { FrameReader } from '../../protocol/reader.ts';
import { unreachable } from '../assert.ts';
import { ClientContext, type ClientOptions, tickFloorMs } from './client-context.ts';
import type { ClientInput, ClientMachine, ClientOut, ClientRecord } from './client-port.ts';
import { parseKey, wordsToHex } from './client-records.ts';
import { restoreRecords } from './client-restore.ts';
import { Connection } from './connection.ts';
import type { Conversation } from './conversation.ts';
import { Log } from './log.ts';
import { Outbox } from './outbox.ts';
import { Receipts } from './receipts.ts';
import { Requests } from './requests.ts';
import { StoreQueue } from './store-queue.ts';

const run = new RunReader(defaultLimits.linkFrameBytesMax);
const reader = new FrameReader();
const event = frames.newEvent();
const entry = frames.newEntry();
const bookmark = frames.newBookmark();
const receipt = frames.newReceipt();
const page = frames.newPage();
const entries = frames.newEntries();
const userNames = frames.newUserNames();
const typingNotice = frames.newTypingNotice();
const done = frames.newDone();
const failed = frames.newFailed();
const welcome = frames.newWelcome();
const authorized = frames.newAuthorized();
const goaway = frames.newGoaway();
const error = frames.newError();

export class ClientSession implements ClientMachine {
  private readonly context: ClientContext;
  private readonly connection: Connection;
  private readonly store: StoreQueue;
  private readonly receipts: Receipts;
  private readonly outbox: Outbox;
  private readonly log: Log;
  private readonly requests: Requests;
  /** Records adopted before the first `welcome`. */
  private readonly adoptedEarly: ClientRecord[] = [];
  private lastRestoredId = 0;
  /** Conversations with something that may fall due. */
  private active: Conversation[] = [];

  constructor(options: ClientOptions) {
    const activate = (conversation: Conversation) => this.activate(conversation);
    this.context = new ClientContext(options);
    this.connection = new Connection(this.context);
    this.receipts = new Receipts(this.context, activate);
    this.store = new StoreQueue(this.context, (conversation) => this.receipts.queueAck(conversation));
    this.requests = new Requests(this.context, (send, seq) => this.outbox.found(send, seq));
    this.outbox = new Outbox(this.context, this.store, {
      activate,
      search: (conversation, send) => this.requests.search(conversation, send),
    });
    this.log = new Log(this.context, this.store, this.receipts, this.outbox, activate, () => this.requests.nextId());
  }

  step(input: ClientInput, nowMs: number, out: ClientOut): void {
    this.context.nowMs = nowMs;
    this.context.out = out;
    if (this.connection.stopped) return;
    this.take(input);
    this.flush();
  }

  nextWakeMs(): number {
    return this.connection.stopped ? Number.POSITIVE_INFINITY : this.context.wakeMs;
  }

  private take(input: ClientInput): void {
    const { connection, context } = this;
    switch (input.kind) {
      case 'received':
        return this.receive(input.bytes);
      case 'send':
        return this.outbox.send(input);
      case 'stored':
        this.store.stored(input.id);
        return this.outbox.stored();
      case 'tick':
        return this.tick();
      case 'read':
        return this.receipts.read(context.conversation(input.conversationA, input.conversationB), input.seq, input.othersNo, this.store);
      case 'typing':
        return this.receipts.typing(context.conversation(input.conversationA, input.conversationB));
      case 'show':
        return this.log.setShown(context.conversation(input.conversationA, input.conversationB), input.shown);
      case 'loaded':
        this.outbox.begin(input.outbox);
        this.restore(input.records);
        return connection.begin(input.deviceId, input.tabId);
      case 'adopted':
        // Conversations are found by their peer, so the own user must be known first.
        if (context.user !== 0) return this.restore(input.records);
        this.adoptedEarly.push(...input.records);
        return;
      case 'connected':
        return connection.onConnected();
      case 'disconnected':
        context.ready = false;
        return connection.onDisconnected(input.random, input.code);
      case 'token':
        return connection.onToken(input.token);
      case 'random':
        return this.outbox.onRandom(input.words);
      case 'online':
        return connection.onOnline();
      case 'history':
      case 'list':
      case 'lookup':
      case 'names':
      case 'block':
      case 'flag':
        return this.requests.ask(input);
      case 'close':
        this.flush();
        return connection.stop(true);
      default:
        return unreachable(input);
    }
  }

  /** The store's effect comes before the frames that speak of what it holds. */
  private flush(): void {
    this.store.flush();
    this.receipts.flush();
    this.log.flush();
    this.outbox.flush();
  }

  private receive(bytes: Uint8Array): void {
    if (!this.connection.listening) return;
    this.connection.onReceived();
    run.reset(bytes);
    while (run.next()) {
      reader.reset(bytes, run.frameStart + 1, run.frameEnd);
      if (!this.takeFrame(bytes[run.frameStart])) return this.connection.drop();
      if (!this.connection.listening) return;
    }
    if (run.failure !== '') this.connection.drop();
  }

  /** False: the frame could not be read. Unknown types are of a later version and passed over. */
  private takeFrame(type: number): boolean {
    const { connection, outbox } = this;
    if (!connection.online && type !== FrameType.welcome && type !== FrameType.error && type !== FrameType.goaway) return true;
    switch (type) {
      case FrameType.event:
        if (!frames.readEvent(reader, event)) return false;
        this.log.onEvent(event);
        return true;
      case FrameType.accepted:
        return outbox.onAccepted(reader);
      case FrameType.ackConfirmed:
        return this.receipts.onAckConfirmed(reader);
      case FrameType.receipt:
        if (!frames.readReceipt(reader, receipt)) return false;
        this.receipts.raise(this.context.conversation(receipt.conversationA, receipt.conversationB), receipt);
        return true;
      case FrameType.bookmark:
        if (!frames.readBookmark(reader, bookmark)) return false;
        this.log.onBookmark(bookmark.epoch, bookmark.batch, bookmark.storeIdHigh, bookmark.storeIdLow);
        return true;
      case FrameType.entry:
        if (!frames.readEntry(reader, entry)) return false;
        this.log.onEntry(entry);
        return true;
      case FrameType.page:
        if (!frames.readPage(reader, page)) return false;
        if (!this.log.onPage(page)) this.requests.onPage(page);
        return true;
      case FrameType.live:
        this.onLive();
        return true;
      case FrameType.lagging:
      case FrameType.pong:
        return true;
      case FrameType.rejected:
        return outbox.onRejected(reader);
      case FrameType.retry:
        return outbox.onRetry(reader);
      case FrameType.counterConflict:
        return outbox.onCounterConflict(reader);
      case FrameType.expired:
        return outbox.onExpired(reader);
      case FrameType.refused:
        return outbox.onRefused(reader);
      case FrameType.readConfirmed:
        return this.receipts.onReadConfirmed(reader, this.store);
      case FrameType.undelivered:
        return this.receipts.onUndelivered(reader);
      default:
        return this.takeRareFrame(type);
    }
  }

  private takeRareFrame(type: number): boolean {
    const { connection, requests, context } = this;
    switch (type) {
      case FrameType.welcome:
        if (!frames.readWelcome(reader, welcome)) return false;
        this.onWelcome();
        return true;
      case FrameType.typingNotice: {
        if (!frames.readTypingNotice(reader, typingNotice)) return false;
        const { conversationA, conversationB, user } = typingNotice;
        if (user !== context.user) context.out.tell({ kind: 'typing', conversationA, conversationB, user });
        return true;
      }
      case FrameType.entries:
        if (!frames.readEntries(reader, entries)) return false;
        requests.onEntries(entries);
        return true;
      case FrameType.userNames:
        if (!frames.readUserNames(reader, userNames)) return false;
        requests.onUserNames(userNames);
        return true;
      case FrameType.done:
        if (!frames.readDone(reader, done)) return false;
        requests.onDone(done.requestId);
        return true;
      case FrameType.failed:
        if (!frames.readFailed(reader, failed)) return false;
        requests.onFailed(failed);
        return true;
      case FrameType.authorized:
        if (!frames.readAuthorized(reader, authorized)) return false;
        connection.onAuthorized(authorized.tokenExpiresAt);
        return true;
      case FrameType.goaway:
        if (!frames.readGoaway(reader, goaway)) return false;
        connection.onGoaway(goaway.reconnectAfterMs);
        return true;
      case FrameType.error:
        if (!frames.readError(reader, error)) return false;
        connection.onError(error);
        return true;
      default:
        return true;
    }
  }

  private onWelcome(): void {
    const { context, connection } = this;
    if (connection.online) return;
    if (context.user !== 0 && context.user !== welcome.user) {
      context.out.tell({ kind: 'error', code: 53, message: 'the store belongs to another user', retryAfterMs: 0, final: true });
      return connection.stop(false);
    }
    const changed = welcome.storeIdHigh !== context.storeIdHigh || welcome.storeIdLow !== context.storeIdLow;
    const greetedWith = context.storeId !== '';
    if (changed) this.newStore();
    if (context.user !== welcome.user || context.name !== welcome.name) this.store.touchStore();
    context.user = welcome.user;
    context.name = welcome.name;
    context.bodyBytesMax = welcome.bodyBytesMax;
    if (this.adoptedEarly.length > 0) this.restore(this.adoptedEarly.splice(0));
    const { user, name, serverTime: serverTimeMs, bodyBytesMax } = welcome;
    context.out.tell({ kind: 'welcome', user, name, serverTimeMs, bodyBytesMax });
    // The hello spoke of a bookmark of the old store: one that speaks of none makes sure that nothing is left out.
    if (changed && greetedWith) return connection.drop();
    context.ready = true;
    connection.onWelcome(welcome);
    this.resume();
  }

  /** Another store on the server: cursors are cleared before anything else is said or stored. */
  private newStore(): void {
    const { context } = this;
    const known = context.storeId !== '';
    context.storeIdHigh = welcome.storeIdHigh;
    context.storeIdLow = welcome.storeIdLow;
    context.storeId = wordsToHex(welcome.storeIdHigh, welcome.storeIdLow);
    context.epoch = 0;
    context.batch = 0;
    this.store.touchStore();
    for (const conversation of context.conversations.values()) {
      conversation.clear();
      if (known) this.outbox.newStore(conversation);
    }
    if (known) this.requests.newStore();
    if (known) context.out.tell({ kind: 'reset', conversationA: 0, conversationB: 0, fromSeq: 1 });
  }

  private resume(): void {
    this.log.resume();
    for (const conversation of this.context.conversations.values()) {
      this.receipts.resume(conversation);
      this.outbox.resume(conversation);
    }
    this.requests.resume();
  }

  private onLive(): void {
    this.connection.onLive();
    for (const conversation of this.context.conversations.values()) {
      if (conversation.shown) this.log.wantWatermarks(conversation);
    }
  }

  private restore(records: readonly ClientRecord[]): void {
    const restored = restoreRecords(this.context, this.outbox, records, () => --this.lastRestoredId);
    for (const { key, value } of records) {
      // What the inbox said before: entries come again only when they change.
      const parsed = value === null ? null : parseKey(key);
      if (parsed?.kind === 'conversation') this.log.tellEntry(this.context.conversation(parsed.a, parsed.b));
    }
    for (const { conversation, send } of restored) {
      this.context.out.tell({
        kind: 'restored',
        localId: send.localId,
        conversationA: conversation.a,
        conversationB: conversation.b,
        messageKind: send.kind,
        body: send.body,
        target: send.target,
        replyTo: send.replyTo,
      });
    }
  }

  private activate(conversation: Conversation): void {
    if (conversation.active) return;
    conversation.active = true;
    this.active.push(conversation);
  }

  private tick(): void {
    const { context } = this;
    context.wakeMs = Number.POSITIVE_INFINITY;
    this.connection.tick();
    this.requests.tick();
    let kept = 0;
    const { active } = this;
    for (let index = 0; index < active.length; index++) {
      const conversation = active[index];
      const receipts = this.receipts.tick(conversation);
      const sends = this.outbox.tick(conversation);
      const syncs = this.log.tick(conversation);
      if (receipts || sends || syncs) active[kept++] = conversation;
      else conversation.active = false;
    }
    active.length = kept;
    context.wakeMs = Math.max(context.wakeMs, context.nowMs + tickFloorMs);
  }
}
