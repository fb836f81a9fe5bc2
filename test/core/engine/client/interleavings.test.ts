// Goal: whatever is lost, late, refused for now, or crashes in between: no send is doubled, none is lost, the window holds, nothing is
// shown out of order. Method: fast-check draws the interleaving; the server is a small home owner that keeps DESIGN 4.3.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RecordMap } from '../../../../core/engine/client/client-records.ts';
import { ErrorCode } from '../../../../core/protocol/generated/codes.ts';
import type { Frame } from '../../../../core/protocol/generated/frames.ts';
import { newCounterConflict, newExpired, newLive, newPage } from '../../../../core/protocol/generated/server-frames.ts';
import { defaultLimits } from '../../../../core/protocol/limits.ts';
import { decodeUtf8 } from '../../../../core/protocol/utf8.ts';
import { accepted, conversation, entry, event, eventOf, identity, retry, Scripted, type SendFrame } from './scripted.ts';

const W = defaultLimits.windowSends;

const step = fc.oneof(
  { weight: 6, arbitrary: fc.constant('write' as const) },
  { weight: 2, arbitrary: fc.constant('burst' as const) },
  { weight: 12, arbitrary: fc.constant('serve' as const) },
  { weight: 12, arbitrary: fc.constant('answer' as const) },
  { weight: 2, arbitrary: fc.constant('loseRequest' as const) },
  { weight: 2, arbitrary: fc.constant('loseAnswer' as const) },
  { weight: 3, arbitrary: fc.constant('busy' as const) },
  { weight: 2, arbitrary: fc.constant('peer' as const) },
  { weight: 1, arbitrary: fc.constant('cut' as const) },
  { weight: 1, arbitrary: fc.constant('crash' as const) },
  { weight: 1, arbitrary: fc.constant('backup' as const) },
  { weight: 1, arbitrary: fc.constant('restore' as const) },
  { weight: 3, arbitrary: fc.constant('wait' as const) },
);

it('random interleavings never double or lose a send, break the window, or show out of order', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
      const world = new World();
      for (const each of steps) world.run(each);
      world.settle();
      world.check();
    }),
    { numRuns: 300 },
  );
});

class World {
  readonly home = new Home();
  table = new RecordMap();
  client = new Scripted({ table: this.table }).begin();
  requests: Frame[] = [];
  answers: Frame[] = [];
  written = 0;
  /** Written after the backup that was restored: gone with the device, whether or not they had reached the server. */
  excused = new Set<string>();
  backup: { table: RecordMap; written: number } | null = null;

  run(each: string): void {
    switch (each) {
      case 'write':
        this.client.send(`m${++this.written}`);
        break;
      case 'burst':
        for (let count = 0; count < W + 2; count++) this.client.send(`m${++this.written}`);
        break;
      case 'serve':
        this.serve(false);
        break;
      case 'busy':
        this.serve(true);
        break;
      case 'answer':
        this.take();
        break;
      case 'loseRequest':
        this.pull();
        this.requests.shift();
        break;
      case 'loseAnswer':
        this.answers.shift();
        break;
      case 'peer':
        this.answers.push(this.home.append(event(0), null));
        break;
      case 'cut':
        this.cut();
        this.client.reconnect();
        this.resumed();
        break;
      case 'crash':
        this.restart(this.table);
        break;
      case 'backup':
        this.backup = { table: copied(this.table), written: this.written };
        break;
      case 'restore':
        if (this.backup === null) break;
        for (let number = this.backup.written + 1; number <= this.written; number++) this.excused.add(`m${number}`);
        this.restart(copied(this.backup.table));
        break;
      case 'wait':
        this.client.wait(3_000);
        break;
    }
    this.pull();
  }

  /** No more faults: all must come to rest, and rightly. */
  settle(): void {
    this.run('cut');
    for (let round = 0; round < 400; round++) {
      this.run('serve');
      this.run('answer');
      if (round % 20 === 19) this.run('wait');
    }
  }

  check(): void {
    const texts = this.home.log.map((each) => decodeUtf8(each.body) ?? '').filter((text) => text.startsWith('m'));
    expect(new Set(texts).size, 'none is doubled').toBe(texts.length);
    for (let number = 1; number <= this.written; number++) {
      if (!this.excused.has(`m${number}`)) expect(texts, 'none is lost').toContain(`m${number}`);
    }
    const shown = this.client.shown();
    expect(shown.at(-1) ?? 0, 'all is shown').toBe(shown.length === 0 ? 0 : this.home.log.length);
    shown.forEach((seq, index) => {
      if (index > 0) expect(seq, 'without a hole').toBe(shown[index - 1] + 1);
    });
    expect(
      this.table.list().filter(({ key }) => key.includes('/m/')),
      'the outbox is empty',
    ).toEqual([]);
  }

  private serve(busy: boolean): void {
    this.pull();
    const request = this.requests.shift();
    if (request === undefined) return;
    if (request.type === 3 && busy) this.answers.push(retry(request, ErrorCode.busy, 0, 250));
    else this.answers.push(...this.home.answer(request));
  }

  private take(): void {
    const answer = this.answers.shift();
    if (answer === undefined) return;
    // An outcome, or the word that the number belongs to another send or to the past.
    if (answer.type === 38 || answer.type === 41 || answer.type === 42) this.home.told.add(key(answer, answer.clientSeq));
    this.client.feed(answer);
  }

  private pull(): void {
    for (const frame of this.client.takeFrames()) {
      if (frame.type === 3) this.home.checkWindow(frame, this.client);
      if (frame.type === 3 || frame.type === 6 || frame.type === 7) this.requests.push(frame);
    }
  }

  private cut(): void {
    this.pull();
    this.requests = [];
    this.answers = [];
  }

  /** What a resume brings: how far the log is. */
  private resumed(): void {
    if (this.home.log.length > 0) this.client.feed(entry(this.home.log.length), newLive());
  }

  private restart(table: RecordMap): void {
    this.cut();
    this.home.restarted();
    this.table = table;
    this.client = new Scripted({ table, wordBase: this.client.nextWord() }).begin();
    this.resumed();
  }
}

/** Keeps DESIGN 4.3 for one conversation. */
class Home {
  readonly log: Extract<Frame, { type: 33 }>[] = [];
  /** Numbers (of a sender) that the client may count as done. */
  readonly told = new Set<string>();
  private readonly senders = new Map<string, { last: number; sends: Map<number, { id: string; seq: number }> }>();
  /** First number sent by this start of a client, by sender: what was before had its outcome in another life, or a backup hides it. */
  private firstSent = new Map<string, number>();

  restarted(): void {
    this.firstSent = new Map();
  }

  append(what: Frame, send: SendFrame | null): Frame {
    const seq = this.log.length + 1;
    const made = (send === null ? event(seq, `p${seq}`) : eventOf(send, seq)) as Extract<Frame, { type: 33 }>;
    this.log.push(made);
    return what.type === 33 ? made : what;
  }

  answer(request: Frame): Frame[] {
    if (request.type === 3) return this.answerSend(request);
    if (request.type === 7) return [this.page(request.requestId, request.fromSeq)];
    if (request.type === 6) return request.items.map((item) => this.page(request.requestId, item.afterSeq));
    return [];
  }

  checkWindow(send: SendFrame, client: Scripted): void {
    const sender = `${send.senderIdHigh}.${send.senderIdLow}`;
    if (!this.firstSent.has(sender)) this.firstSent.set(sender, send.clientSeq);
    const first = this.firstSent.get(sender) ?? 1;
    for (let number = first; number <= send.clientSeq - W; number++) {
      const done = this.told.has(`${sender}.${number}`) || this.isShown(sender, number, client);
      expect(done, `${number} has its outcome before ${send.clientSeq} is sent`).toBe(true);
    }
  }

  /** Its own event ended it. */
  private isShown(sender: string, number: number, client: Scripted): boolean {
    const sent = this.senders.get(sender)?.sends.get(number);
    return sent !== undefined && client.shown().includes(sent.seq);
  }

  private answerSend(send: SendFrame): Frame[] {
    const sender = `${send.senderIdHigh}.${send.senderIdLow}`;
    const known = this.senders.get(sender) ?? { last: 0, sends: new Map<number, { id: string; seq: number }>() };
    this.senders.set(sender, known);
    const id = `${send.sendIdHigh}.${send.sendIdLow}`;
    const number = send.clientSeq;
    if (number > known.last + 1) return [retry(send, ErrorCode.gap, known.last + 1)];
    if (number <= known.last - W) return [{ ...newExpired(), ...identity(send) }];
    if (number <= known.last) {
      const before = known.sends.get(number);
      if (before?.id === id) return [accepted(send, before.seq)];
      return [{ ...newCounterConflict(), ...identity(send) }];
    }
    known.last = number;
    const seq = this.log.length + 1;
    known.sends.set(number, { id, seq });
    const own = this.append(event(seq), send);
    return [accepted(send, seq), own];
  }

  private page(requestId: number, afterSeq: number): Frame {
    const events = this.log.slice(afterSeq, afterSeq + 3);
    const headSeq = this.log.length;
    return { ...newPage(), requestId, ...conversation, headSeq, headOthersNo: headSeq, more: afterSeq + 3 < headSeq, events };
  }
}

function key(answer: { senderIdHigh: number; senderIdLow: number }, clientSeq: number): string {
  return `${answer.senderIdHigh}.${answer.senderIdLow}.${clientSeq}`;
}

function copied(table: RecordMap): RecordMap {
  const copy = new RecordMap();
  for (const [recordKey, value] of table.records) copy.set(recordKey, structuredClone(value));
  return copy;
}
