/**
 * What the application of a tab does: it writes, reads, edits, looks around, as the workload says.
 */
import { conversationKey } from './history/entry.ts';
import { Purpose, RandomStream } from './random.ts';
import type { Message } from './recorder.ts';
import { bytesOf } from './text.ts';
import type { UserHost } from './user-host.ts';
import type { UserWorld } from './user-world.ts';

export class Application {
  /** Open sends of this life by the session's localId. */
  readonly local = new Map<number, Message>();
  /** Own messages that stand in a log, by conversation: what an edit or deletion may aim at. */
  readonly ownSeqs = new Map<string, number[]>();
  readonly #host: UserHost;
  readonly #world: UserWorld;
  readonly #onScreen = new Set<number>();
  #nextLocalId = 1;

  constructor(host: UserHost, world: UserWorld) {
    this.#host = host;
    this.#world = world;
  }

  /** A new life: nothing is on screen. */
  begin(): void {
    this.local.clear();
    this.ownSeqs.clear();
    this.#onScreen.clear();
  }

  write(name: string, peer: number, kind: number, target: number, text: string): void {
    const [a, b] = this.#pair(peer);
    const conversation = conversationKey(a, b);
    const message: Message = { name, conversation, user: this.#host.userId, kind, target, text, store: this.#host.device.name, open: true };
    this.#world.recorder.wrote(this.#host.process, message);
    const localId = this.#nextLocalId;
    this.#nextLocalId += 1;
    this.local.set(localId, message);
    const random = new RandomStream(this.#world.seed, Purpose.sendIds, Number(name.slice(1)));
    this.#host.step({
      kind: 'send',
      localId,
      conversationA: a,
      conversationB: b,
      messageKind: kind,
      body: bytesOf(text),
      target,
      replyTo: 0,
      sendIdHigh: random.u32(),
      sendIdLow: random.u32(),
      senderIdHigh: random.u32(),
      senderIdLow: random.u32(),
    });
  }

  /** Everything shown of the conversation is read. */
  read(peer: number): void {
    const [a, b] = this.#pair(peer);
    const key = conversationKey(a, b);
    const seq = this.#host.shown.get(key);
    if (seq === undefined) return;
    this.#host.step({ kind: 'read', conversationA: a, conversationB: b, seq, othersNo: this.#host.shownOthersNo.get(key) ?? 0 });
  }

  typing(peer: number): void {
    const [a, b] = this.#pair(peer);
    this.#host.step({ kind: 'typing', conversationA: a, conversationB: b });
  }

  /** Everything is on screen: the session asks for all watermarks. Once a connection is live is enough. */
  showAll(): void {
    if (!this.#host.up || this.#host.state !== 'live') return;
    for (let peer = 0; peer < this.#world.userIds.length; peer += 1) {
      if (this.#world.userIds[peer] === 0 || this.#onScreen.has(peer)) continue;
      this.#onScreen.add(peer);
      const [a, b] = this.#pair(peer);
      this.#world.recorder.add({ process: this.#host.process, type: 'info', op: 'show', conversation: conversationKey(a, b) });
      this.#host.step({ kind: 'show', conversationA: a, conversationB: b, shown: true });
    }
  }

  /** An own message to edit or delete; 0: there is none. */
  ownSeq(peer: number, pick: number): number {
    const [a, b] = this.#pair(peer);
    const seqs = this.ownSeqs.get(conversationKey(a, b));
    if (seqs === undefined || seqs.length === 0) return 0;
    return seqs[pick % seqs.length];
  }

  /** An open send of this life. */
  holds(message: string): boolean {
    for (const own of this.local.values()) if (own.name === message) return true;
    return false;
  }

  block(peer: number, blocked: boolean): void {
    const [a, b] = this.#pair(peer);
    this.#host.step({ kind: 'block', request: this.#takeRequest(), conversationA: a, conversationB: b, blocked });
  }

  flag(peer: number, flags: number): void {
    const [a, b] = this.#pair(peer);
    this.#host.step({ kind: 'flag', request: this.#takeRequest(), conversationA: a, conversationB: b, flags });
  }

  history(peer: number, limit: number): void {
    const [a, b] = this.#pair(peer);
    this.#host.step({ kind: 'history', request: this.#takeRequest(), conversationA: a, conversationB: b, fromSeq: 0, newer: false, limit });
  }

  list(limit: number): void {
    this.#host.step({ kind: 'list', request: this.#takeRequest(), beforeTimestamp: 0, limit });
  }

  lookup(name: string): void {
    this.#host.step({ kind: 'lookup', request: this.#takeRequest(), name });
  }

  #pair(peer: number): readonly [number, number] {
    const peerId = this.#world.userIds[peer];
    const own = this.#host.userId;
    return own < peerId ? [own, peerId] : [peerId, own];
  }

  #takeRequest(): number {
    const request = this.#nextLocalId;
    this.#nextLocalId += 1;
    return request;
  }
}
