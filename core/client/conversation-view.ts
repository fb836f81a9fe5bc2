/**
 * A conversation as the application sees it: what the machine told of it, and its calls.
 */
import { othersNo } from '../model/unread.ts';
import { ErrorCode } from '../protocol/generated/codes.ts';
import type { EntryStruct, EventStruct } from '../protocol/generated/structs.ts';
import { defaultLimits } from '../protocol/limits.ts';
import { encodeUtf8, wellFormed } from '../protocol/utf8.ts';
import type { Accepted, Conversation, ConversationSummary, HistoryPage, Message, SendOptions } from './api.ts';
import { errorOfCode, ParleyError } from './errors.ts';
import { MessageList } from './message-list.ts';

const Kind = { message: 1, edit: 2, deletion: 3 } as const;
const Flag = { muted: 1, archived: 2, blocked: 4 } as const;
const pageMessages = 50;

/** What a conversation asks of the `Parley` that made it. */
export interface ViewHost {
  readonly ownUser: number;
  nowMs(): number;
  nameOf(user: number): string;
  setTimer(run: () => void, ms: number): () => void;
  send(
    view: ConversationView,
    kind: number,
    body: Uint8Array,
    target: number,
    replyTo: number,
  ): { localId: number; outcome: Promise<Accepted> };
  read(view: ConversationView, seq: number, othersNo: number): void;
  show(view: ConversationView, shown: boolean): void;
  typing(view: ConversationView): void;
  history(view: ConversationView, fromSeq: number, limit: number): Promise<{ events: readonly EventStruct[]; more: boolean }>;
  block(view: ConversationView, blocked: boolean): Promise<void>;
  flag(view: ConversationView, flags: number): Promise<void>;
  changed(view: ConversationView): void;
  typingChanged(view: ConversationView): void;
}

export class ConversationView implements Conversation {
  readonly a: number;
  readonly b: number;
  readonly id: string;
  readonly peer: number;
  readonly list: MessageList;
  readonly listeners = new Set<() => void>();
  peerDelivered = 0;
  peerRead = 0;
  peerTyping = false;
  /** The inbox knows it, or something was sent: it stands in the list. */
  listed = false;
  /** The newest page was asked for. */
  previewAsked = false;
  lastSeq = 0;
  private readonly host: ViewHost;
  private lastOthersNo = 0;
  private lastTimestamp = 0;
  private readSeq = 0;
  private readOthersNo = 0;
  /** What the application said it read here; another device may have read further. */
  private readAsked = 0;
  private flags = 0;
  private shown = false;
  private opening: Promise<void> | null = null;
  private stopTyping: () => void = () => {};
  private cached: ConversationSummary | null = null;
  /** Messages of others up to events shown live, for reads that are behind. */
  private readonly othersNos = new Map<number, number>();

  constructor(host: ViewHost, a: number, b: number) {
    this.host = host;
    this.a = a;
    this.b = b;
    this.id = `${a}-${b}`;
    this.peer = a === host.ownUser ? b : a;
    this.list = new MessageList(host.ownUser, a === b);
  }

  get summary(): ConversationSummary {
    this.cached ??= this.summarize();
    return this.cached;
  }

  get messages(): readonly Message[] {
    return this.list.all;
  }

  /** Own read watermark. */
  get readUpTo(): number {
    return this.readSeq;
  }

  get hasOlder(): boolean {
    return this.list.first > 1 || (this.list.first === 0 && this.lastSeq > 0);
  }

  async open(): Promise<void> {
    if (!this.shown) {
      this.shown = true;
      this.host.show(this, true);
    }
    if (this.list.last - this.list.first >= pageMessages || (this.list.first === 1 && this.list.last >= this.lastSeq)) return;
    this.opening ??= this.loadNewest();
    await this.opening;
  }

  leave(): void {
    this.shown = false;
    this.host.show(this, false);
  }

  send(text: string, options: SendOptions = {}): Promise<Accepted> {
    return quiet(this.sendMessage(text, options.replyTo ?? 0));
  }

  edit(seq: number, text: string): Promise<Accepted> {
    return quiet(this.sendEdit(seq, text));
  }

  delete(seq: number): Promise<Accepted> {
    return this.host.send(this, Kind.deletion, new Uint8Array(0), seq, 0).outcome;
  }

  discard(key: string): void {
    this.list.discard(key);
    this.touch();
  }

  read(seq: number = this.lastSeq): void {
    // An event that was not seen here: then up to the last, which the inbox told.
    const known = seq < this.lastSeq ? this.othersNos.get(seq) : undefined;
    const upTo = known === undefined ? this.lastSeq : seq;
    const readNo = known ?? this.lastOthersNo;
    if (upTo <= this.readAsked) return;
    this.readAsked = upTo;
    if (upTo > this.readSeq) {
      this.readSeq = upTo;
      this.readOthersNo = readNo;
    }
    this.host.read(this, upTo, readNo);
    this.touch();
  }

  typing(): void {
    this.host.typing(this);
  }

  async history(beforeSeq: number = this.list.first, limit: number = pageMessages): Promise<HistoryPage> {
    const { events, more } = await this.host.history(this, beforeSeq, limit);
    const messages = this.list.takePage(events);
    for (const event of events) this.noteNumber(event);
    this.touch();
    return { messages, more };
  }

  block(blocked: boolean): Promise<void> {
    return this.host.block(this, blocked);
  }

  setFlags(flags: { readonly muted?: boolean; readonly archived?: boolean }): Promise<void> {
    const muted = flags.muted ?? (this.flags & Flag.muted) !== 0;
    const archived = flags.archived ?? (this.flags & Flag.archived) !== 0;
    return this.host.flag(this, (muted ? Flag.muted : 0) | (archived ? Flag.archived : 0));
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  // ---- what the machine told

  addPending(localId: number, text: string, replyTo: number): void {
    this.list.addPending(localId, text, replyTo, this.host.nowMs());
    this.listed = true;
    this.touch();
  }

  /** The next event of the log. Returns the message it is, or null. */
  takeEvent(event: EventStruct): Message | null {
    const message = this.list.takeLive(event);
    this.listed = true;
    if (event.seq > this.lastSeq) {
      this.lastSeq = event.seq;
      this.lastOthersNo = othersNo(event, this.host.ownUser);
      this.lastTimestamp = Math.max(this.lastTimestamp, event.timestamp);
    }
    this.noteNumber(event);
    if (event.author === this.peer && this.peer !== this.host.ownUser) this.setTyping(false);
    this.touch();
    return message;
  }

  takeEntry(entry: Readonly<EntryStruct>): void {
    this.listed = true;
    if (entry.lastSeq >= this.lastSeq) {
      this.lastSeq = entry.lastSeq;
      this.lastOthersNo = Math.max(this.lastOthersNo, entry.lastOthersNo);
      this.lastTimestamp = Math.max(this.lastTimestamp, entry.lastTimestamp);
    }
    if (entry.readSeq > this.readSeq) {
      this.readSeq = entry.readSeq;
      this.readOthersNo = entry.readOthersNo;
    }
    this.flags = entry.flags;
    this.touch();
  }

  takeReceipt(delivered: number, read: number): void {
    this.peerDelivered = delivered;
    this.peerRead = read;
    this.list.raise({ delivered, read });
    this.touch();
  }

  takeUndelivered(seq: number): void {
    this.list.offline(seq);
    this.touch();
  }

  takeTyping(): void {
    this.setTyping(true);
  }

  setBlocked(blocked: boolean): void {
    this.flags = blocked ? this.flags | Flag.blocked : this.flags & ~Flag.blocked;
    this.touch();
  }

  setOwnFlags(flags: number): void {
    this.flags = (this.flags & Flag.blocked) | flags;
    this.touch();
  }

  /** The log begins anew at `fromSeq`. */
  reset(all: boolean): void {
    this.list.clear();
    this.othersNos.clear();
    this.previewAsked = false;
    if (all) {
      this.peerDelivered = 0;
      this.peerRead = 0;
      this.lastSeq = 0;
      this.lastOthersNo = 0;
      this.readSeq = 0;
      this.readOthersNo = 0;
      this.readAsked = 0;
    }
    if (this.shown) this.open().catch(() => {});
    this.touch();
  }

  /** Something shown changed, its name perhaps. */
  touch(): void {
    this.cached = null;
    this.host.changed(this);
  }

  private async sendMessage(text: string, replyTo: number): Promise<Accepted> {
    const body = bodyOf(text);
    const { localId, outcome } = this.host.send(this, Kind.message, body, 0, replyTo);
    this.addPending(localId, text, replyTo);
    return await outcome;
  }

  private async sendEdit(seq: number, text: string): Promise<Accepted> {
    return await this.host.send(this, Kind.edit, bodyOf(text), seq, 0).outcome;
  }

  private async loadNewest(): Promise<void> {
    try {
      this.previewAsked = true;
      await this.history(0, pageMessages);
    } finally {
      this.opening = null;
    }
  }

  private setTyping(typing: boolean): void {
    this.stopTyping();
    this.stopTyping = typing ? this.host.setTimer(() => this.setTyping(false), defaultLimits.typingShownMs) : () => {};
    if (this.peerTyping === typing) return;
    this.peerTyping = typing;
    this.touch();
    this.host.typingChanged(this);
  }

  private noteNumber(event: EventStruct): void {
    if (this.othersNos.size >= numbersKept) this.othersNos.clear();
    this.othersNos.set(event.seq, othersNo(event, this.host.ownUser));
  }

  private summarize(): ConversationSummary {
    const lastMessage = this.list.lastMessage;
    return {
      id: this.id,
      peer: this.peer,
      name: this.host.nameOf(this.peer),
      unread: this.readSeq >= this.lastSeq ? 0 : Math.max(0, this.lastOthersNo - this.readOthersNo),
      lastMessage,
      lastTimestamp: Math.max(this.lastTimestamp, lastMessage?.timestamp ?? 0),
      muted: (this.flags & Flag.muted) !== 0,
      archived: (this.flags & Flag.archived) !== 0,
      blocked: (this.flags & Flag.blocked) !== 0,
      typing: this.peerTyping,
    };
  }
}

const numbersKept = 4_096;

/** Who does not wait for a send sees its end in `messages`: a rejection that nobody handles must not end the process. */
function quiet(outcome: Promise<Accepted>): Promise<Accepted> {
  outcome.catch(() => {});
  return outcome;
}

function bodyOf(text: string): Uint8Array {
  if (text === '') throw new ParleyError('badSend', 'an empty message is none');
  if (!wellFormed(text)) throw new ParleyError('badSend', 'the text holds half a character');
  const body = encodeUtf8(text);
  if (body.length > defaultLimits.bodyBytesMax) throw errorOfCode(ErrorCode.tooLarge);
  return body;
}
