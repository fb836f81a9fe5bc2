/**
 * Open traffic: so many writes a second, whatever the server does.
 *
 * Method: a timer writes what is due by the clock; who writes what to whom is drawn from the seed. While the server is away the writes wait in
 * the outboxes. Texts are unique, so histories can tell which message stands where.
 */
import type { RandomStream } from '../../sim/random.ts';
import type { Crowd } from './crowd.ts';
import type { KillClient } from './kill-client.ts';
import { killLimits } from './limits.ts';

export class Traffic {
  written = 0;
  private readonly crowd: Crowd;
  private readonly random: RandomStream;
  private readonly ratePerSecond: number;
  private readonly deleted = new Set<string>();
  /** Of a user, who wrote last words to it: all below this. */
  private readonly lastWordsUsed = new Map<number, number>();
  private timer: NodeJS.Timeout | null = null;
  private startedMs = 0;
  private dueWritten = 0;
  private ranMs = 0;

  constructor(crowd: Crowd, random: RandomStream, ratePerSecond: number) {
    this.crowd = crowd;
    this.random = random;
    this.ratePerSecond = ratePerSecond;
  }

  start(): void {
    this.startedMs = performance.now();
    this.timer = setInterval(() => this.turn(), killLimits.turnMs);
  }

  stop(): void {
    if (this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
    this.ranMs = performance.now() - this.startedMs;
  }

  /** Writes a second over the whole time it ran. */
  get writtenPerSecond(): number {
    return this.ranMs === 0 ? 0 : Math.round((this.written * 1000) / this.ranMs);
  }

  /** Many at once, above the rate. */
  burst(count: number): void {
    for (let at = 0; at < count; at++) this.write();
  }

  /** Users write to this client's user, each in a conversation that nobody writes into before or after. */
  lastWords(client: KillClient): void {
    const { crowd } = this;
    const user = crowd.userIndex(client);
    let next = this.lastWordsUsed.get(user) ?? killLimits.fileUsers;
    for (let count = 0; count < killLimits.lastWords && next < killLimits.users; next++) {
      const writer = crowd.clients.find((other) => crowd.userIndex(other) === next);
      if (writer === undefined || !writer.isLive || crowd.peers[user].includes(next)) continue;
      const name = `m${this.written}`;
      this.written++;
      writer.write(name, client.user, textOf(name));
      count++;
    }
    this.lastWordsUsed.set(user, next);
  }

  private turn(): void {
    const due = ((performance.now() - this.startedMs) * this.ratePerSecond) / 1000;
    // A process that got no time catches up a little a turn, so that it hears the server meanwhile; what is long due is given up, and the
    // result says that the rate was not held.
    this.dueWritten = Math.max(this.dueWritten, due - (this.ratePerSecond * killLimits.behindMsMax) / 1000);
    const until = Math.min(due, this.dueWritten + (this.ratePerSecond * killLimits.turnMs * killLimits.catchUpTurns) / 1000);
    for (; this.dueWritten < until; this.dueWritten++) this.write();
  }

  private write(): void {
    const { random, crowd } = this;
    const [client, peer] = random.permille(killLimits.hotPermille) ? this.hotWriter() : this.anyWriter();
    if (!client.isUp || client.user === 0 || crowd.id(peer) === 0) return;
    const peerId = crowd.id(peer);
    const name = `m${this.written}`;
    this.written++;
    const seqs = client.ownSeqs(peerId);
    const draw = random.below(1000);
    const target = seqs.length === 0 ? 0 : random.pick(seqs);
    const conversation = client.conversationWith(peerId);
    if (target > 0 && draw < killLimits.editPermille) client.edit(name, conversation, target, textOf(name));
    else if (target > 0 && draw < killLimits.editPermille + killLimits.deletePermille)
      this.delete(client, name, conversation, target, peerId);
    else client.write(name, peerId, textOf(name));
    if (random.permille(killLimits.readPermille)) client.read(peerId);
  }

  /** One deletion of a message a run: its content names it. */
  private delete(client: KillClient, name: string, conversation: string, target: number, peerId: number): void {
    const key = `${conversation} ${target}`;
    if (this.deleted.has(key)) return client.write(name, peerId, textOf(name));
    this.deleted.add(key);
    client.delete(name, conversation, target);
  }

  private hotWriter(): readonly [KillClient, number] {
    const pair = this.random.pick(killLimits.hotPairs);
    const side = this.random.below(2);
    const clients = this.crowd.clients.filter((client) => this.crowd.userIndex(client) === pair[side]);
    return [this.random.pick(clients), pair[1 - side]];
  }

  private anyWriter(): readonly [KillClient, number] {
    const client = this.random.pick(this.crowd.clients);
    return [client, this.random.pick(this.crowd.peers[this.crowd.userIndex(client)])];
  }
}

function textOf(name: string): string {
  return `${name} `.padEnd(killLimits.bodyBytes, '.');
}
