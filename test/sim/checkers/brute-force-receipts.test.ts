// Goal: the streaming checkers of receipts, of missed devices and of times say the same as the promises word by word. Method: small random
// histories of one conversation (acks, receipts, a store), judged by the checkers and by definitions over all pairs; verdicts must agree.
import fc from 'fast-check';
import { nobodyMissed } from '../../../sim/checkers/nobody-missed.ts';
import { receiptsTrue } from '../../../sim/checkers/receipts-true.ts';
import { timeAndNumbers } from '../../../sim/checkers/time-and-numbers.ts';
import { compareWithDefinitions, type Definition } from './against-definitions.ts';
import { HistoryBuilder } from './history-builder.ts';

type Step = { readonly kind: 'ack' | 'confirmed' | 'receipt'; readonly seq: number };

interface Small {
  readonly steps: readonly Step[];
  /** What the store has as delivered to user 2. */
  readonly stored: number;
  /** Seqs that tab b shows, from 1 up; the log goes to `head`. */
  readonly shown: number;
  readonly head: number;
  readonly timestamps: readonly number[];
  readonly messageNos: readonly number[];
}

const seq = fc.integer({ min: 1, max: 3 });
const small: fc.Arbitrary<Small> = fc.record({
  steps: fc.array(fc.record({ kind: fc.constantFrom('ack' as const, 'ack' as const, 'confirmed' as const, 'receipt' as const), seq }), {
    maxLength: 5,
  }),
  stored: fc.nat(3),
  shown: fc.nat(3),
  head: fc.nat(3),
  timestamps: fc.array(fc.constantFrom(5, 5, 6), { minLength: 3, maxLength: 3 }),
  messageNos: fc.oneof(fc.constant([1, 2, 3]), fc.array(seq, { minLength: 3, maxLength: 3 })),
});

/** Tab a of user 1 has the conversation on screen; tab b of user 2 acknowledges. */
function historyOf({ steps, stored, shown, head, timestamps, messageNos }: Small): HistoryBuilder {
  const builder = new HistoryBuilder().run().device('a', 1).device('b', 2);
  builder.add({ process: 'a', type: 'info', op: 'show', conversation: '1-2' });
  for (let at = 1; at <= head; at += 1) builder.event('a', 1, `m${at}`, at, at, { timestamp: 5, messageNo: at });
  for (let at = 1; at <= shown; at += 1) builder.event('b', 2, `m${at}`, at, at, { timestamp: 5, messageNo: at });
  for (const step of steps) {
    if (step.kind === 'receipt') builder.receipt('a', 2, step.seq);
    else builder.ack('b', 2, step.seq, step.kind === 'ack' ? 'invoke' : 'ok');
  }
  for (let at = 1; at <= head; at += 1) builder.log(`m${at}`, at, at, { timestamp: timestamps[at - 1], messageNo: messageNos[at - 1] });
  return builder.watermark(2, stored).readback().rest();
}

const of = (steps: readonly Step[], kind: Step['kind']): number[] => steps.filter((step) => step.kind === kind).map((step) => step.seq);
const highest = (values: readonly number[]): number => Math.max(0, ...values);

const definitions: readonly Definition<Small>[] = [
  [
    receiptsTrue,
    ({ steps, stored }) => {
      const receipts = of(steps, 'receipt');
      return (
        steps.every((step, at) => step.kind !== 'receipt' || steps.slice(0, at).some((ack) => ack.kind === 'ack' && ack.seq >= step.seq)) &&
        receipts.every((value, at) => receipts.slice(0, at).every((before) => before <= value)) &&
        stored === highest(of(steps, 'ack')) &&
        stored >= highest(of(steps, 'confirmed')) &&
        (receipts.at(-1) ?? 0) === stored
      );
    },
  ],
  [nobodyMissed, ({ shown, head }) => shown >= head],
  [
    timeAndNumbers,
    ({ head, timestamps, messageNos }) =>
      messageNos.slice(0, head).every((value, at) => value === at + 1) &&
      timestamps.slice(0, head).every((value, at) => timestamps.slice(0, at).every((before) => before <= value)),
  ],
];

compareWithDefinitions(definitions, small, historyOf, 2_000);
