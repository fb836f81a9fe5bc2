/** `parley sim replay`: one seed, or a saved scenario, again, explained. */
import { writeFileSync } from 'node:fs';
import { encodeEntry } from '../history/codec.ts';
import type { HistoryEntry } from '../history/entry.ts';
import { entryText } from '../history/words.ts';
import { type RunResult, runScenario } from '../run.ts';
import { drawScenario, messagesDefault } from '../scenario.ts';
import { troubleOf } from '../verdict.ts';
import { ArgumentError, type Io, readArguments } from './args.ts';
import { explain, judge } from './seed-report.ts';
import { scenarioOf } from './shrink-command.ts';

export function replayCommand(args: readonly string[], io: Io): Promise<number> {
  const { numbers, texts, flags, files } = readArguments(
    args,
    { seed: 'number', messages: 'number', until: 'number', trace: 'flag', history: 'text', scenario: 'flag', json: 'flag' },
    true,
  );
  const seed = numbers.get('seed');
  if ((seed === undefined) === (files.length !== 1)) throw new ArgumentError('replay needs --seed S or one FILE');
  const scenario = seed === undefined ? scenarioOf(files[0]) : drawScenario(seed, numbers.get('messages') ?? messagesDefault);
  if (flags.has('scenario')) {
    const { commands, ...rest } = scenario;
    io.out(`${JSON.stringify({ ...rest, commands: commands.length }, null, 2)}\n`);
  }
  const entries: HistoryEntry[] = [];
  const history = texts.get('history');
  const untilUs = (numbers.get('until') ?? Number.POSITIVE_INFINITY) * 1000;
  const onEntry = (entry: HistoryEntry): void => {
    if (history !== undefined || flags.has('trace')) entries.push(entry);
  };
  const result = runScenario(scenario, { onEntry });
  if (history !== undefined) writeFileSync(history, entries.map(encodeEntry).join(''));
  if (flags.has('trace')) {
    for (const entry of entries) if (entry.us <= untilUs) io.out(`${entryText(entry, result.names)}\n`);
  }
  const text = explain(result, result.traceHash);
  if (text !== '') io.err(`${text}\n`);
  report(result, text, flags.has('json'), io);
  return Promise.resolve(judge(result, result.traceHash));
}

function report(result: RunResult, text: string, json: boolean, io: Io): void {
  const { seed, traceHash, events, messages, violations, crashes, sometimes } = result;
  if (json) {
    const trouble = troubleOf(result);
    const violation = trouble === undefined ? null : { kind: trouble.kind, checker: trouble.checkers[0], text };
    const violationCount = violations.length + crashes.length;
    io.out(`${JSON.stringify({ seed, violation, traceHash, events, messages, violations: violationCount, sometimes })}\n`);
    return;
  }
  io.out(
    `seed ${seed}: ${messages} messages, ${events} events, ${(result.virtualUs / 1e6).toFixed(1)} virtual seconds, trace ${traceHash}\n`,
  );
}
