/** `parley sim replay`: one seed again, explained. */
import { writeFileSync } from 'node:fs';
import { entryText } from '../checkers/checker.ts';
import { encodeEntry } from '../history/codec.ts';
import type { HistoryEntry } from '../history/entry.ts';
import { runSeed } from '../run.ts';
import { drawScenario, messagesDefault } from '../scenario.ts';
import { ArgumentError, type Io, readArguments } from './args.ts';
import { explain, judge } from './seed-report.ts';

export function replayCommand(args: readonly string[], io: Io): Promise<number> {
  const { numbers, texts, flags } = readArguments(args, {
    seed: 'number',
    messages: 'number',
    trace: 'flag',
    history: 'text',
    scenario: 'flag',
    json: 'flag',
  });
  const seed = numbers.get('seed');
  if (seed === undefined) throw new ArgumentError('replay needs --seed S');
  const messages = numbers.get('messages') ?? messagesDefault;
  if (flags.has('scenario')) {
    const { commands, ...scenario } = drawScenario(seed, messages);
    io.out(`${JSON.stringify({ ...scenario, commands: commands.length }, null, 2)}\n`);
  }
  const entries: HistoryEntry[] = [];
  const history = texts.get('history');
  const onEntry = (entry: HistoryEntry): void => {
    if (history !== undefined) entries.push(entry);
    if (flags.has('trace')) io.out(`${entryText(entry)}\n`);
  };
  const result = runSeed(seed, { messages, onEntry });
  if (history !== undefined) writeFileSync(history, entries.map(encodeEntry).join(''));
  const { traceHash, events, violations, sometimes } = result;
  const text = explain(result, traceHash);
  if (text !== '') io.err(`${text}\n`);
  if (flags.has('json')) {
    io.out(
      `${JSON.stringify({ seed, traceHash, events, messages: result.messages, violations: violations.length + result.crashes.length, sometimes })}\n`,
    );
  } else {
    io.out(
      `seed ${seed}: ${result.messages} messages, ${events} events, ${(result.virtualUs / 1e6).toFixed(1)} virtual seconds, trace ${traceHash}\n`,
    );
  }
  return Promise.resolve(judge(result, traceHash));
}
