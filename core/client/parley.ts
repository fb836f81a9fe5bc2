/**
 * The library's heart: turns what the session tells into conversations, promises and events.
 *
 * Method: one `SessionHost` runs the machine. Changes are gathered and told once a turn. Nothing here decides about sends, cursors or
 * connections: that is the machine's.
 */
import type { ClientEvent } from '../engine/client/client-events.ts';
import type { ClientRequest } from '../engine/client/client-port.ts';
import { ErrorCode } from '../protocol/generated/codes.ts';
import type { EventStruct } from '../protocol/generated/structs.ts';
import { defaultLimits } from '../protocol/limits.ts';
import { decodeUtf8 } from '../protocol/utf8.ts';
import type { Accepted, ConnectionState, Conversation, ConversationSummary, Parley, ParleyEvents, ParleyOptions, User } from './api.ts';
import { ConversationBook } from './conversation-book.ts';
import type { ConversationView, ViewHost } from './conversation-view.ts';
import { errorOfCode, ParleyError } from './errors.ts';
import { Listeners } from './listeners.ts';
import { NameCache } from './name-cache.ts';
import type { Platform } from './platform.ts';
import { SessionHost } from './session-host.ts';
import { userNameOf } from './token-name.ts';
import { Waiting } from './waiting.ts';

const tailEventsMax = 200;

export class ParleyClient implements Parley, ViewHost {
  state: ConnectionState = 'offline';
  me: User | null = null;
  bodyBytesMax: number = defaultLimits.bodyBytesMax;
  private readonly platform: Platform;
  private readonly options: ParleyOptions;
  private readonly url: string;
  private readonly listeners = new Listeners<ParleyEvents>();
  private readonly book = new ConversationBook(this);
  private readonly sends = new Waiting<Accepted>();
  private readonly requests = new Waiting<ClientEvent>();
  private readonly nameCache: NameCache;
  private host: SessionHost | null = null;
  private connecting: Promise<User> | null = null;
  private welcomed: { resolve(user: User): void; reject(error: ParleyError): void } | null = null;
  private turnDue = false;
  private nextId = 1;
  private closed = false;

  constructor(platform: Platform, options: ParleyOptions, url: string) {
    this.platform = platform;
    this.options = options;
    this.url = url;
    this.nameCache = new NameCache(
      (ids) => this.askNames(ids),
      () => this.namesCame(),
    );
  }

  connect(): Promise<User> {
    this.connecting ??= this.begin();
    return this.connecting;
  }

  conversation(peerOrId: number | string): Conversation {
    const own = this.ownUser;
    if (own === 0) throw new ParleyError('notConnected', 'the own user is not known yet: await connect() first');
    if (typeof peerOrId === 'number') return this.book.view(Math.min(own, peerOrId), Math.max(own, peerOrId));
    const [a, b] = peerOrId.split('-').map(Number);
    if (!Number.isSafeInteger(a) || !Number.isSafeInteger(b) || a < 1 || b < a || (a !== own && b !== own)) {
      throw new ParleyError('notMember', `${peerOrId} is no conversation of this user`);
    }
    return this.book.view(a, b);
  }

  conversations(): readonly ConversationSummary[] {
    return this.book.summaries();
  }

  async findUser(name: string): Promise<User | null> {
    const answer = await this.ask((request) => ({ kind: 'lookup', request, name }));
    if (answer.kind !== 'userName' || answer.user === 0) return null;
    this.nameCache.set(answer.user, answer.name);
    return { id: answer.user, name: answer.name };
  }

  names(ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return this.nameCache.names(ids);
  }

  on<Name extends keyof ParleyEvents>(event: Name, listener: (value: ParleyEvents[Name]) => void): () => void {
    return this.listeners.on(event, listener);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.host?.close();
    const error = new ParleyError('closed', 'close() was called; what is unanswered lies in the store');
    this.sends.rejectAll(error);
    this.requests.rejectAll(error);
    this.welcomed?.reject(error);
    this.setState('offline', 0);
  }

  // ---- for the conversations

  get transport(): Parley['transport'] {
    return this.host?.transportKind ?? null;
  }

  get ownUser(): number {
    return this.me?.id ?? 0;
  }

  nowMs(): number {
    return this.platform.nowMs();
  }

  nameOf(user: number): string {
    return user === this.ownUser ? (this.me?.name ?? '') : this.nameCache.get(user);
  }

  setTimer(run: () => void, ms: number): () => void {
    return this.platform.setTimer(run, ms);
  }

  send(view: ConversationView, messageKind: number, body: Uint8Array, target: number, replyTo: number) {
    const host = this.running();
    const localId = this.nextId++;
    const outcome = this.sends.add(localId);
    // Who does not await a send sees its end in `messages`.
    outcome.catch(() => {});
    const words = new Uint32Array(4);
    this.platform.fillRandom(words);
    // After this turn: the caller first puts the message on its list.
    Promise.resolve().then(
      () =>
        host.step({
          kind: 'send',
          localId,
          conversationA: view.a,
          conversationB: view.b,
          messageKind,
          body,
          target,
          replyTo,
          sendIdHigh: words[0],
          sendIdLow: words[1],
          senderIdHigh: words[2],
          senderIdLow: words[3],
        }),
      () => {},
    );
    return { localId, outcome };
  }

  read(view: ConversationView, seq: number, othersNo: number): void {
    this.host?.step({ kind: 'read', conversationA: view.a, conversationB: view.b, seq, othersNo });
  }

  show(view: ConversationView, shown: boolean): void {
    this.host?.step({ kind: 'show', conversationA: view.a, conversationB: view.b, shown });
  }

  typing(view: ConversationView): void {
    this.host?.step({ kind: 'typing', conversationA: view.a, conversationB: view.b });
  }

  async history(view: ConversationView, fromSeq: number, limit: number): Promise<{ events: readonly EventStruct[]; more: boolean }> {
    const { a: conversationA, b: conversationB } = view;
    const answer = await this.ask((request) => ({ kind: 'history', request, conversationA, conversationB, fromSeq, newer: false, limit }));
    return answer.kind === 'page' ? answer : { events: [], more: false };
  }

  async block(view: ConversationView, blocked: boolean): Promise<void> {
    await this.ask((request) => ({ kind: 'block', request, conversationA: view.a, conversationB: view.b, blocked }));
    view.setBlocked(blocked);
  }

  async flag(view: ConversationView, flags: number): Promise<void> {
    await this.ask((request) => ({ kind: 'flag', request, conversationA: view.a, conversationB: view.b, flags }));
    view.setOwnFlags(flags);
  }

  changed(view: ConversationView): void {
    this.book.changed(view);
    this.turn();
  }

  typingChanged(view: ConversationView): void {
    this.listeners.emit('typing', { conversation: view, typing: view.peerTyping });
  }

  // ---- inside

  private async begin(): Promise<User> {
    const token = await this.token();
    const store = this.options.store ?? this.platform.defaultStore(this.url, userNameOf(token));
    const welcome = new Promise<User>((resolve, reject) => {
      this.welcomed = { resolve, reject };
    });
    welcome.catch(() => {});
    let opened: Awaited<ReturnType<typeof store.open>>;
    try {
      opened = await store.open();
    } catch (cause) {
      this.connecting = null;
      throw new ParleyError('storeFailed', 'the store could not be opened', 0, { cause });
    }
    if (this.closed) throw new ParleyError('closed', 'close() was called');
    const { platform, url } = this;
    this.host = new SessionHost({
      platform,
      url,
      store,
      transport: this.options.transport ?? 'auto',
      tailEventsMax: this.options.tailEventsMax ?? tailEventsMax,
      token: () => this.token(),
      onEvent: (event) => this.take(event),
      onTrouble: (error) => this.listeners.emit('error', error),
    });
    const { user, name } = storedUser(opened.records);
    if (user !== 0) this.me = { id: user, name };
    this.host.begin(opened, token);
    return await welcome;
  }

  private async token(): Promise<string> {
    const { token } = this.options;
    return typeof token === 'string' ? token : await token();
  }

  private running(): SessionHost {
    if (this.closed) throw new ParleyError('closed', 'close() was called');
    if (this.host === null) throw new ParleyError('notConnected', 'await connect() first');
    return this.host;
  }

  private take(event: ClientEvent): void {
    switch (event.kind) {
      case 'event':
        return this.takeShown(event.conversationA, event.conversationB, event.event, event.localId);
      case 'outgoing':
        return this.takeOutgoing(event);
      case 'receipt': {
        const view = this.book.view(event.conversationA, event.conversationB);
        view.takeReceipt(event.delivered, event.read);
        return this.listeners.emit('receipt', { conversation: view, delivered: event.delivered, read: event.read });
      }
      case 'conversation':
        return this.book.view(event.entry.conversationA, event.entry.conversationB).takeEntry(event.entry);
      case 'state':
        return this.takeState(event.state, event.retryAtMs);
      case 'welcome':
        this.me = { id: event.user, name: event.name };
        this.bodyBytesMax = event.bodyBytesMax;
        this.welcomed?.resolve(this.me);
        this.welcomed = null;
        return;
      case 'restored':
        if (event.messageKind !== 1) return;
        return this.book
          .view(event.conversationA, event.conversationB)
          .addPending(event.localId, decodeUtf8(event.body) ?? '', event.replyTo);
      case 'undelivered': {
        const view = this.book.view(event.conversationA, event.conversationB);
        view.takeUndelivered(event.seq);
        return this.listeners.emit('undelivered', { conversation: view, seq: event.seq });
      }
      case 'typing':
        return this.book.view(event.conversationA, event.conversationB).takeTyping();
      case 'reset':
        return this.takeReset(event.conversationA, event.conversationB);
      case 'error':
        return this.takeError(event.code, event.message, event.retryAfterMs, event.final);
      case 'failed':
        if (this.nameCache.failed(event.request)) return;
        return this.requests.reject(event.request, errorOfCode(event.code));
      case 'userName':
        if (this.nameCache.answer(event.request, event.user, event.name)) return;
        return this.requests.resolve(event.request, event);
      case 'page':
      case 'entries':
      case 'done':
        return this.requests.resolve(event.request, event);
    }
  }

  private takeShown(a: number, b: number, event: EventStruct, localId: number): void {
    const view = this.book.view(a, b);
    const isUnread = event.seq > view.readUpTo;
    const isSentHere = localId !== 0 || view.list.wasSentHere(event.seq);
    const message = view.takeEvent(event);
    if (message === null) return;
    if (!isSentHere && isUnread) this.listeners.emit('message', { conversation: view, message });
  }

  private takeOutgoing(event: ClientEvent & { kind: 'outgoing' }): void {
    const { localId, state, seq, code } = event;
    const { list } = this.book.view(event.conversationA, event.conversationB);
    if (state === 'rejected' || state === 'refused') {
      const error = code === ErrorCode.busy ? new ParleyError('outboxFull', 'too many messages wait to be sent') : errorOfCode(code);
      list.failed(localId, error);
      this.sends.reject(localId, error);
    } else if (state !== 'pending') {
      list.outgoing(localId, state, seq);
      if (state === 'accepted') this.sends.resolve(localId, { seq });
    }
    this.changed(this.book.view(event.conversationA, event.conversationB));
  }

  private takeState(state: 'offline' | 'connecting' | 'reconnecting' | 'online' | 'live', retryAtMs: number): void {
    if (state === 'live') this.book.loadPreviews();
    this.setState(state === 'live' ? 'online' : state, retryAtMs);
  }

  private setState(state: ConnectionState, retryAtMs: number): void {
    if (state === this.state && retryAtMs === 0 && state !== 'reconnecting') return;
    this.state = state;
    this.listeners.emit('state', { state, retryAtMs });
  }

  private takeReset(a: number, b: number): void {
    if (a !== 0) {
      const view = this.book.view(a, b);
      view.reset(false);
      return this.listeners.emit('reset', { conversation: view });
    }
    for (const view of this.book.all()) view.reset(true);
    this.listeners.emit('reset', { conversation: null });
  }

  private takeError(code: number, message: string, retryAfterMs: number, final: boolean): void {
    const known = errorOfCode(code, retryAfterMs);
    const error = message === '' ? known : new ParleyError(known.code, message, retryAfterMs);
    const hopeless =
      final ||
      (isTokenSpent(code) && typeof this.options.token === 'string') ||
      (code === ErrorCode.tokenInvalid && this.welcomed !== null);
    if (code !== ErrorCode.goingAway) this.listeners.emit('error', error);
    if (!hopeless) return;
    this.welcomed?.reject(error);
    this.welcomed = null;
    // Not within the machine's step, which told this.
    Promise.resolve()
      .then(() => this.close())
      .catch(() => {});
  }

  private async ask(make: (request: number) => ClientRequest): Promise<ClientEvent> {
    const host = this.running();
    const request = this.nextId++;
    const answer = this.requests.add(request);
    host.step(make(request));
    return await answer;
  }

  private askNames(users: readonly number[]): number {
    const request = this.nextId++;
    this.host?.step({ kind: 'names', request, users });
    return request;
  }

  private namesCame(): void {
    for (const view of this.book.all()) view.touch();
  }

  /** Tells what changed, after the present turn. */
  private turn(): void {
    if (this.turnDue) return;
    this.turnDue = true;
    this.platform.setTimer(() => {
      this.turnDue = false;
      const views = this.book.takeChanged();
      this.nameCache.want(this.conversations().map((summary) => summary.peer));
      if (this.state === 'online') this.book.loadPreviews();
      for (const view of views) for (const listener of view.listeners) listener();
      this.listeners.emit('conversations', this.conversations());
    }, 0);
  }
}

function storedUser(records: readonly { readonly key: string; readonly value: unknown }[]): { user: number; name: string } {
  const stored = records.find((record) => record.key === 's')?.value;
  if (typeof stored !== 'object' || stored === null || !('user' in stored) || !('name' in stored)) return { user: 0, name: '' };
  return { user: Number(stored.user), name: String(stored.name) };
}

/** Only a new token helps; one that was given as text cannot be renewed. */
function isTokenSpent(code: number): boolean {
  return code === ErrorCode.tokenInvalid || code === ErrorCode.tokenExpired || code === ErrorCode.sessionEnded;
}
