/**
 * One device of a user in the kill test: the application on a fleet session, and what it did and saw as a history.
 *
 * Method: frames are tapped on their way to and from the machine, told events are mapped one to one; the recorder of the simulator writes both.
 * A client with a file outbox can be killed and begun again on what its file holds.
 */
import type { OpenedStore } from '../../core/client/outbox-store.ts';
import type { ClientEvent } from '../../core/engine/client/client-events.ts';
import type { ClientRecord } from '../../core/engine/client/client-port.ts';
import { type ConversationRecord, parseKey, type SendRecord } from '../../core/engine/client/client-records.ts';
import { EventKind } from '../../core/engine/home/edits.ts';
import { othersNo } from '../../core/model/unread.ts';
import { RunReader } from '../../core/protocol/codec.ts';

import { conversationKey, membersOf } from '../../sim/history/entry.ts';
import { errorCodeName } from '../../sim/names.ts';
import { badgeFields, eventFields, type Message, type Recorder } from '../../sim/recorder.ts';
import { bytesOf, textOf } from '../../sim/text.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { FleetSession, FrameTap } from '../fleet/fleet-session.ts';
import type { StoreLine } from '../fleet/store-line.ts';
import { killLimits } from './limits.ts';

export interface KillClientOptions {
  readonly fleet: Fleet;
  readonly recorder: Recorder;
  /** As `u3.d1`; its only tab is `u3.d1.t0`. */
  readonly device: string;
  /** Where it connects now. */
  readonly streamPort: () => number;
  readonly token: string;
  /** A way to its file, anew at each start; none: it keeps nothing and is never killed. */
  readonly openLine?: () => StoreLine;
}

const run = new RunReader(Number.MAX_SAFE_INTEGER);

export class KillClient implements FrameTap {
  readonly process: string;
  /** Own user; 0 before the first welcome. */
  user = 0;
  /** Its program runs. */
  isUp = false;
  private readonly options: KillClientOptions;
  private readonly recorder: Recorder;
  private session: FleetSession | null = null;
  private line: StoreLine | undefined;
  private readonly sent = new Map<number, Message>();
  /** Own messages that were shown, newest last, by conversation. */
  private readonly own = new Map<string, number[]>();
  private readonly shown = new Map<string, { seq: number; othersNo: number }>();
  private readonly onScreen = new Set<string>();
  private sessionUp = false;
  private nextLocalId = 1;

  constructor(options: KillClientOptions) {
    this.options = options;
    this.recorder = options.recorder;
    this.process = `${options.device}.t0`;
  }

  get isLive(): boolean {
    return this.session?.isLive ?? false;
  }

  get canCrash(): boolean {
    return this.isUp && this.options.openLine !== undefined;
  }

  /** Starts its program: for the first time, or again on what its file holds. */
  async begin(): Promise<void> {
    const { fleet, device, streamPort, token, openLine } = this.options;
    const line = openLine?.();
    this.line = line;
    const opened = await line?.open();
    const kept = this.session === null ? 'first' : 'all';
    this.recorder.add({ process: this.process, type: 'info', op: 'device', user: this.user, store: device, kept });
    this.forget();
    if (opened !== undefined && kept === 'all') this.takeUp(opened);
    this.session = fleet.add({
      host: '127.0.0.1',
      get port() {
        return streamPort();
      },
      token,
      tap: this,
      onEvent: (event) => this.told(event),
      ...(line === undefined || opened === undefined ? {} : { stored: { opened, line } }),
    });
    this.isUp = true;
    this.session.start();
  }

  /** Its program is killed; resolves when it may begin again. */
  async crash(): Promise<void> {
    if (this.session === null) return;
    this.isUp = false;
    this.sessionUp = false;
    this.recorder.add({ process: this.process, type: 'info', op: 'gone' });
    await this.options.fleet.crash(this.session);
  }

  /** Its connection breaks, without a word. */
  cut(): void {
    this.session?.cut();
  }

  /** The run is over: its file is closed. The fleet closes the session. */
  async end(): Promise<void> {
    await this.line?.end();
  }

  // ---- what the application asks

  write(name: string, peer: number, text: string): void {
    this.send(name, this.conversationWith(peer), EventKind.message, 0, text);
  }

  edit(name: string, conversation: string, target: number, text: string): void {
    this.send(name, conversation, EventKind.edit, target, text);
  }

  delete(name: string, conversation: string, target: number): void {
    this.send(name, conversation, EventKind.deletion, target, '');
  }

  /** Everything shown of the conversation is read. */
  read(peer: number): void {
    const conversation = this.conversationWith(peer);
    const shown = this.shown.get(conversation);
    if (shown === undefined) return;
    const [conversationA, conversationB] = membersOf(conversation);
    this.session?.step({ kind: 'read', conversationA, conversationB, seq: shown.seq, othersNo: shown.othersNo });
  }

  /** The conversation is on screen from now on. */
  show(peer: number): void {
    const conversation = this.conversationWith(peer);
    if (this.onScreen.has(conversation)) return;
    this.onScreen.add(conversation);
    this.recorder.add({ process: this.process, type: 'info', op: 'show', conversation });
    const [conversationA, conversationB] = membersOf(conversation);
    this.session?.step({ kind: 'show', conversationA, conversationB, shown: true });
  }

  /** Own messages with this peer that an edit or deletion may aim at. */
  ownSeqs(peer: number): readonly number[] {
    return this.own.get(this.conversationWith(peer)) ?? [];
  }

  conversationWith(peer: number): string {
    return conversationKey(Math.min(this.user, peer), Math.max(this.user, peer));
  }

  // ---- frames

  up(bytes: Uint8Array, start: number, end: number): void {
    this.recorder.tapUp(this.process, this.user, bytes, start, end);
  }

  down(message: Uint8Array): void {
    run.reset(message);
    while (run.next()) {
      this.recorder.tapDown(this.process, message, run.frameStart, run.frameEnd);
      this.recorder.tapArrived(this.process, this.user, message, run.frameStart, run.frameEnd);
    }
  }

  // ---- a new life

  private forget(): void {
    this.sent.clear();
    this.own.clear();
    this.shown.clear();
    this.onScreen.clear();
  }

  /** What the file holds: cursors, and which sends are still open. */
  private takeUp({ records }: OpenedStore): void {
    for (const { key, value } of records) {
      if (parseKey(key)?.kind !== 'conversation') continue;
      const { cursor, cursorOthersNo } = value as ConversationRecord;
      const conversation = key.slice(2);
      if (cursor === 0) continue;
      this.shown.set(conversation, { seq: cursor, othersNo: cursorOthersNo });
      this.recorder.add({ process: this.process, type: 'info', op: 'cursor', conversation, seq: cursor });
    }
    const kept = new Map(this.messagesIn(records));
    for (const message of [...this.recorder.open.values()]) {
      if (message.store === this.options.device && !kept.has(message)) this.recorder.lost(this.process, message);
    }
    for (const [message, sendId] of kept) if (!message.open) this.recorder.restored(this.process, message, sendId);
  }

  private *messagesIn(records: readonly ClientRecord[]): Generator<[Message, string]> {
    for (const { key, value } of records) {
      const parsed = parseKey(key);
      if (parsed?.kind !== 'send') continue;
      const { kind, target, body, sendId } = value as SendRecord;
      const message = this.recorder.messageOf(conversationKey(parsed.a, parsed.b), this.user, kind, target, body);
      if (message === undefined) throw new Error(`a send that nobody wrote lies in the file of ${this.process}: ${body}`);
      yield [message, sendId];
    }
  }

  private send(name: string, conversation: string, kind: number, target: number, text: string): void {
    const message: Message = { name, conversation, user: this.user, kind, target, text, store: this.options.device, open: true };
    this.recorder.wrote(this.process, message);
    const localId = this.nextLocalId++;
    this.sent.set(localId, message);
    const [a, b] = membersOf(conversation);
    this.session?.send(a, b, bytesOf(text), localId, kind, target);
  }

  // ---- what its session tells

  private told(event: ClientEvent): void {
    const { recorder, process, user } = this;
    switch (event.kind) {
      case 'welcome':
        this.user = event.user;
        return;
      case 'state':
        return this.stateTold(event.state === 'live');
      case 'event': {
        const fields = eventFields(conversationKey(event.conversationA, event.conversationB), event.event);
        this.shown.set(fields.conversation, { seq: fields.seq, othersNo: othersNo(event.event, user) });
        if (fields.author === user && fields.kind === EventKind.message) this.noteOwn(fields.conversation, fields.seq);
        recorder.add({ process, type: 'ok', op: 'event', user, ...fields });
        return;
      }
      case 'outgoing': {
        const message = this.sent.get(event.localId);
        if (message === undefined) throw new Error(`${process} was told of an unknown send ${event.localId}`);
        if (event.state === 'pending' || event.state === 'sent') return;
        this.sent.delete(event.localId);
        if (event.state === 'accepted') recorder.accepted(process, message, event.seq);
        else recorder.failed(process, message, errorCodeName(event.code));
        return;
      }
      case 'restored': {
        const conversation = conversationKey(event.conversationA, event.conversationB);
        const message = recorder.messageOf(conversation, user, event.messageKind, event.target, textOf(event.body));
        if (message === undefined) throw new Error(`${process} restored a send that nobody wrote: ${textOf(event.body)}`);
        this.sent.set(event.localId, message);
        return;
      }
      case 'receipt': {
        const conversation = conversationKey(event.conversationA, event.conversationB);
        const { user: member, delivered, read } = event;
        recorder.add({ process, type: 'ok', op: 'receipt', conversation, member, delivered, read });
        return;
      }
      case 'undelivered': {
        const conversation = conversationKey(event.conversationA, event.conversationB);
        recorder.add({ process, type: 'ok', op: 'undelivered', user, conversation, seq: event.seq });
        return;
      }
      case 'reset': {
        const conversation = event.conversationA === 0 ? '*' : conversationKey(event.conversationA, event.conversationB);
        recorder.add({ process, type: 'info', op: 'reset', conversation, fromSeq: event.fromSeq });
        return;
      }
      case 'error':
        recorder.add({ process, type: 'info', op: 'fault', what: `error ${errorCodeName(event.code)}: ${event.message}` });
        return;
      case 'conversation':
        recorder.add({ process, type: 'info', op: 'badge', ...badgeFields(user, event.entry) });
        return;
      case 'typing':
      case 'page':
      case 'entries':
      case 'userName':
      case 'done':
      case 'failed':
        return;
      default: {
        const never: never = event;
        throw new Error(`told ${JSON.stringify(never)}`);
      }
    }
  }

  private stateTold(isLive: boolean): void {
    if (isLive === this.sessionUp) return;
    this.sessionUp = isLive;
    this.recorder.add({ process: this.process, type: 'info', op: 'session', user: this.user, up: isLive });
  }

  private noteOwn(conversation: string, seq: number): void {
    const seqs = this.own.get(conversation);
    if (seqs === undefined) this.own.set(conversation, [seq]);
    else if (seqs.push(seq) > killLimits.ownSeqsMax) seqs.shift();
  }
}
