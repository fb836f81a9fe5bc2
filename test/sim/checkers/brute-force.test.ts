// Goal: the streaming checkers say the same as the promises themselves, read word by word over all pairs. Method: small random histories of one
// conversation (three messages, two tabs, answers, a log), judged twice: by the checkers and by quadratic definitions; verdicts must agree.
import fc from 'fast-check';
import { acceptedDurable } from '../../../sim/checkers/accepted-durable.ts';
import { exactlyOnce } from '../../../sim/checkers/exactly-once.ts';
import { noHole } from '../../../sim/checkers/no-hole.ts';
import { oneOrder } from '../../../sim/checkers/one-order.ts';
import { oneOutcome } from '../../../sim/checkers/one-outcome.ts';
import { senderOrder } from '../../../sim/checkers/sender-order.ts';
import { compareWithDefinitions, type Definition } from './against-definitions.ts';
import { HistoryBuilder } from './history-builder.ts';

type Step =
  | { readonly kind: 'write'; readonly message: number }
  | { readonly kind: 'accept' | 'show'; readonly message: number; readonly seq: number; readonly tab: string }
  | { readonly kind: 'reject'; readonly message: number };

interface Small {
  readonly steps: readonly Step[];
  /** Messages in the log, by seq. */
  readonly log: readonly number[];
}

const message = fc.integer({ min: 1, max: 3 });
const seq = fc.integer({ min: 1, max: 3 });
const tab = fc.constantFrom('a', 'b');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('write' as const), message }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('accept' as const), message, seq, tab }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('show' as const), message, seq, tab }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reject' as const), message }) },
);
const small: fc.Arbitrary<Small> = fc.record({
  steps: fc.array(step, { maxLength: 7 }),
  log: fc.uniqueArray(message, { maxLength: 3 }),
});

/** The history as the checkers see it: message n is number n of one sender; each is written once, at its first `write` or at the start. */
function historyOf({ steps, log }: Small): HistoryBuilder {
  const builder = new HistoryBuilder().run().device('a', 1).device('b', 2);
  const written = new Set<number>();
  for (const late of [1, 2, 3].filter((name) => !steps.some((one) => one.kind === 'write' && one.message === name))) {
    builder.write(`m${late}`).attempt(`m${late}`, late, String(late).repeat(16));
  }
  for (const one of steps) {
    const name = `m${one.message}`;
    if (one.kind === 'write') {
      if (written.has(one.message)) continue;
      written.add(one.message);
      builder.write(name).attempt(name, one.message, String(one.message).repeat(16));
    } else if (one.kind === 'accept') builder.accepted(name, one.seq);
    else if (one.kind === 'show') builder.event(one.tab, one.tab === 'a' ? 1 : 2, name, one.seq, one.message, { timestamp: 7 });
    else builder.rejected(name);
  }
  for (const [index, name] of log.entries()) builder.log(`m${name}`, index + 1, name, { timestamp: 7 });
  return builder.readback();
}

const places = ({ steps, log }: Small): { message: number; seq: number }[] => [
  ...steps.flatMap((one) => (one.kind === 'accept' || one.kind === 'show' ? [{ message: one.message, seq: one.seq }] : [])),
  ...log.map((name, index) => ({ message: name, seq: index + 1 })),
];

const everyPair = <Item>(items: readonly Item[], holds: (left: Item, right: Item) => boolean): boolean =>
  items.every((left, index) => items.every((right, other) => other <= index || holds(left, right)));

const definitions: readonly Definition<Small>[] = [
  [acceptedDurable, ({ steps, log }) => firstAccepts(steps).every((one) => log[one.seq - 1] === one.message)],
  [oneOrder, (history) => everyPair(places(history), (left, right) => left.seq !== right.seq || left.message === right.message)],
  [
    exactlyOnce,
    (history) =>
      // One number of a sender is one message here, so only a message at two places breaks it.
      everyPair(places(history), (left, right) => left.message !== right.message || left.seq === right.seq),
  ],
  [
    noHole,
    ({ steps }) =>
      ['a', 'b'].every((name) => {
        const shown = steps.flatMap((one) => (one.kind === 'show' && one.tab === name ? [one.seq] : []));
        return shown.every((next, index) => index === 0 || next === shown[index - 1] + 1);
      }),
  ],
  [
    senderOrder,
    ({ steps, log }) =>
      // In the log all three are of one sender, and the message's number is its own.
      everyPair(log, (left, right) => left < right) &&
      steps.every((accepted, at) =>
        steps.every((later, laterAt) => {
          if (accepted.kind !== 'accept' || later.kind !== 'accept') return true;
          const writtenAt = steps.findIndex((one) => one.kind === 'write' && one.message === later.message);
          // `accepted` came before the other was written, and the other got its place after that.
          return !(at < writtenAt && writtenAt < laterAt) || later.seq > accepted.seq;
        }),
      ),
  ],
  [
    oneOutcome,
    ({ steps, log }) => {
      const outcomes = steps.flatMap((one) =>
        one.kind === 'accept' ? [{ message: one.message, seq: one.seq }] : one.kind === 'reject' ? [{ message: one.message, seq: 0 }] : [],
      );
      const stands = (name: number): boolean => log.includes(name) || steps.some((one) => one.kind === 'show' && one.message === name);
      return (
        everyPair(outcomes, (left, right) => left.message !== right.message || left.seq === right.seq) &&
        outcomes.every((outcome) => outcome.seq !== 0 || !stands(outcome.message))
      );
    },
  ],
];

/** The checker for lost events names a send once, by its first acceptance; a second place is the business of "exactly once". */
function firstAccepts(steps: readonly Step[]): (Step & { readonly kind: 'accept' | 'show' })[] {
  return steps.filter(
    (one, at): one is Step & { readonly kind: 'accept' | 'show' } =>
      one.kind === 'accept' && !steps.slice(0, at).some((before) => before.kind === 'accept' && before.message === one.message),
  );
}

compareWithDefinitions(definitions, small, historyOf, 3_000);
