/**
 * Questions of the application (history, list, names, block, flag) and searches for expired sends.
 *
 * Method: an open question is kept until its answer or its deadline, sent again on each new connection and after `busy` or
 * `unavailable`. Questions have no effect or an idempotent one, so asking twice does no harm.
 */
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { newEntryStruct, newEventStruct } from '../../protocol/generated/structs.ts';
import {
  type EntriesFrame,
  type FailedFrame,
  newBlock,
  newFlag,
  newHistory,
  newList,
  newLookup,
  newNames,
  type PageFrame,
  type UserNamesFrame,
  writeBlock,
  writeFlag,
  writeHistory,
  writeList,
  writeLookup,
  writeNames,
} from '../../protocol/index.ts';
import { unreachable } from '../assert.ts';
import type { ClientContext } from './client-context.ts';
import type { ClientRequest } from './client-port.ts';
import type { Conversation } from './conversation.ts';
import type { Send } from './send.ts';

/** Looks for an expired send in the log; begins at its floor. */
interface Search {
  readonly kind: 'search';
  readonly request: 0;
  readonly conversation: Conversation;
  readonly send: Send;
  fromSeq: number;
}

interface Open {
  readonly ask: ClientRequest | Search;
  readonly deadlineMs: number;
  /** When it is sent (again); Infinity: it is under way. */
  dueMs: number;
  /** Answers still to come (names). */
  remaining: number;
}

export class Requests {
  private readonly context: ClientContext;
  private readonly found: (send: Send, seq: number) => void;
  private readonly open = new Map<number, Open>();
  private lastId = 0;

  constructor(context: ClientContext, found: (send: Send, seq: number) => void) {
    this.context = context;
    this.found = found;
  }

  nextId(): number {
    return ++this.lastId;
  }

  ask(ask: ClientRequest): void {
    const { nowMs, limits } = this.context;
    if (ask.kind === 'names' && ask.users.length > limits.namesItemsMax) {
      for (let at = 0; at < ask.users.length; at += limits.namesItemsMax) {
        this.ask({ ...ask, users: ask.users.slice(at, at + limits.namesItemsMax) });
      }
      return;
    }
    this.begin(ask, nowMs + limits.requestMs, ask.kind === 'names' ? ask.users.length : 1);
  }

  search(conversation: Conversation, send: Send): void {
    this.begin({ kind: 'search', request: 0, conversation, send, fromSeq: send.floor }, Number.POSITIVE_INFINITY, 1);
  }

  /** Searches read the log of a store that is no more: what it called expired is sent again. */
  newStore(): void {
    for (const [id, open] of this.open) if (open.ask.kind === 'search') this.open.delete(id);
  }

  /** A new connection: what was under way goes again. */
  resume(): void {
    for (const [id, open] of this.open) this.transmit(id, open);
  }

  tick(): void {
    const { nowMs, ready } = this.context;
    for (const [id, open] of this.open) {
      if (nowMs >= open.deadlineMs) {
        this.open.delete(id);
        this.fail(open, ErrorCode.unavailable);
      } else if (ready && nowMs >= open.dueMs) {
        this.transmit(id, open);
      } else {
        this.context.wake(Math.min(open.deadlineMs, open.dueMs));
      }
    }
  }

  onPage(page: PageFrame): void {
    const open = this.open.get(page.requestId);
    if (open === undefined) return;
    const ask = open.ask;
    if (ask.kind !== 'history' && ask.kind !== 'search') return;
    if (ask.kind === 'search' && page.code === ErrorCode.reset) {
      ask.fromSeq = 0;
      return this.transmit(page.requestId, open);
    }
    if (page.code !== ErrorCode.ok) return this.refused(page.requestId, open, page.code, 0);
    if (ask.kind === 'search') return this.onSearchPage(page, open, ask);
    this.open.delete(page.requestId);
    const { conversationA, conversationB, headSeq, more } = page;
    const events = page.events.map((event) => ({ ...newEventStruct(), ...event, body: event.body.slice() }));
    this.context.out.tell({ kind: 'page', request: ask.request, conversationA, conversationB, headSeq, more, events });
  }

  onEntries(frame: EntriesFrame): void {
    const open = this.open.get(frame.requestId);
    if (open?.ask.kind !== 'list') return;
    if (frame.code !== ErrorCode.ok) return this.refused(frame.requestId, open, frame.code, 0);
    this.open.delete(frame.requestId);
    const entries = frame.entries.map((entry) => ({ ...newEntryStruct(), ...entry }));
    this.context.out.tell({ kind: 'entries', request: open.ask.request, more: frame.more, entries });
  }

  onUserNames(frame: UserNamesFrame): void {
    const open = this.open.get(frame.requestId);
    if (open === undefined || (open.ask.kind !== 'lookup' && open.ask.kind !== 'names')) return;
    if (frame.code !== ErrorCode.ok) return this.refused(frame.requestId, open, frame.code, 0);
    open.remaining--;
    if (open.remaining <= 0) this.open.delete(frame.requestId);
    this.context.out.tell({ kind: 'userName', request: open.ask.request, user: frame.user, name: frame.name });
  }

  onDone(requestId: number): void {
    const open = this.open.get(requestId);
    if (open === undefined) return;
    this.open.delete(requestId);
    this.context.out.tell({ kind: 'done', request: open.ask.request });
  }

  onFailed(frame: FailedFrame): void {
    const open = this.open.get(frame.requestId);
    if (open !== undefined) this.refused(frame.requestId, open, frame.code, frame.retryAfterMs);
  }

  private begin(ask: ClientRequest | Search, deadlineMs: number, remaining: number): void {
    const open: Open = { ask, deadlineMs, dueMs: this.context.nowMs, remaining };
    const id = this.nextId();
    this.open.set(id, open);
    this.context.wake(deadlineMs);
    if (this.context.ready) this.transmit(id, open);
  }

  private onSearchPage(page: PageFrame, open: Open, search: Search): void {
    const { send } = search;
    for (const event of page.events) {
      search.fromSeq = event.seq;
      if (event.sendIdHigh !== send.idHigh || event.sendIdLow !== send.idLow) continue;
      if (event.senderIdHigh !== send.sender?.high || event.senderIdLow !== send.sender.low || event.clientSeq !== send.clientSeq) continue;
      this.open.delete(page.requestId);
      return this.found(send, event.seq);
    }
    if (page.events.length > 0 && search.fromSeq < page.headSeq) return this.transmit(page.requestId, open);
    this.open.delete(page.requestId);
    this.found(send, 0);
  }

  /** Not now: again later, before the deadline. Never: told. */
  private refused(id: number, open: Open, code: number, retryAfterMs: number): void {
    const again = retryAfterMs > 0 || code === ErrorCode.busy || code === ErrorCode.unavailable || code === ErrorCode.moved;
    const dueMs = this.context.nowMs + Math.max(retryAfterMs, this.context.limits.retryAfterMs);
    if ((again && dueMs < open.deadlineMs) || open.ask.kind === 'search') {
      open.dueMs = dueMs;
      this.context.wake(dueMs);
      return;
    }
    this.open.delete(id);
    this.fail(open, code);
  }

  private fail(open: Open, code: number): void {
    if (open.ask.kind !== 'search') this.context.out.tell({ kind: 'failed', request: open.ask.request, code });
  }

  private transmit(id: number, open: Open): void {
    // A question of the application ends at its deadline; a search goes on until the log answers, so a lost one is asked again.
    open.dueMs = open.ask.kind === 'search' ? this.context.nowMs + this.context.limits.requestMs : Number.POSITIVE_INFINITY;
    this.context.wake(open.dueMs);
    this.context.writer.reset();
    this.write(id, open.ask);
    this.context.transmit();
  }

  private write(requestId: number, ask: ClientRequest | Search): void {
    const { writer, limits } = this.context;
    switch (ask.kind) {
      case 'history': {
        const { conversationA, conversationB, fromSeq, newer } = ask;
        const limit = Math.min(ask.limit, limits.pageEventsMax);
        return writeHistory(writer, { ...newHistory(), requestId, conversationA, conversationB, fromSeq, newer, limit });
      }
      case 'search': {
        const { a: conversationA, b: conversationB } = ask.conversation;
        const page = { conversationA, conversationB, fromSeq: ask.fromSeq, newer: true, limit: limits.pageEventsMax };
        return writeHistory(writer, { ...newHistory(), requestId, ...page });
      }
      case 'list':
        return writeList(writer, { ...newList(), requestId, beforeTimestamp: ask.beforeTimestamp, limit: ask.limit });
      case 'lookup':
        return writeLookup(writer, { ...newLookup(), requestId, name: ask.name });
      case 'names':
        return writeNames(writer, { ...newNames(), requestId, users: ask.users.map((user) => ({ user, name: '' })) });
      case 'block': {
        const { conversationA, conversationB, blocked } = ask;
        return writeBlock(writer, { ...newBlock(), requestId, conversationA, conversationB, blocked });
      }
      case 'flag': {
        const { conversationA, conversationB, flags } = ask;
        return writeFlag(writer, { ...newFlag(), requestId, conversationA, conversationB, flags });
      }
      default:
        return unreachable(ask);
    }
  }
}
