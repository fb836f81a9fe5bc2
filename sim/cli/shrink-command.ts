/** `parley sim shrink`: makes a failing seed or saved scenario as small as it goes, explains what is left and saves it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { drawScenario, messagesDefault, type Scenario } from '../scenario.ts';
import { readSaved, SavedError, writeSaved } from '../shrink/saved.ts';
import { type Shrunk, shrink } from '../shrink/shrink.ts';
import { ArgumentError, type Io, readArguments } from './args.ts';
import { ExitCode } from './exit-code.ts';
import { explain, judge } from './seed-report.ts';

export function shrinkCommand(args: readonly string[], io: Io): Promise<number> {
  const { numbers, texts, flags, files } = readArguments(
    args,
    { seed: 'number', messages: 'number', runs: 'number', out: 'text', json: 'flag' },
    true,
  );
  const seed = numbers.get('seed');
  if ((seed === undefined) === (files.length !== 1)) throw new ArgumentError('shrink needs --seed S or one FILE');
  const scenario = seed === undefined ? scenarioOf(files[0]) : drawScenario(seed, numbers.get('messages') ?? messagesDefault);
  const shrunk = shrink(scenario, numbers.get('runs'), ({ commands, faults }, runs) => {
    if (io.isTerminal) io.err(`\r\x1b[K${commands.length} commands, ${faults.length} faults after ${runs} runs`);
  });
  if (io.isTerminal) io.err('\r\x1b[K');
  if (shrunk === undefined) {
    if (flags.has('json')) io.out(`${JSON.stringify({ seed: scenario.seed, violation: null })}\n`);
    else io.out('nothing fails here: every promise was kept\n');
    return Promise.resolve(ExitCode.ok);
  }
  const text = explain(shrunk.result, shrunk.result.traceHash);
  const out = texts.get('out') ?? `${shrunk.trouble.checkers[0].replaceAll(' ', '-')}-${scenario.seed}.json`;
  writeFileSync(out, writeSaved(shrunk.scenario, text));
  io.err(`${text}\n\n${storyOf(shrunk.scenario)}`);
  io.err(`saved as ${out}; again: npx parley sim replay ${out} --trace\n`);
  report(scenario, shrunk, out, flags.has('json'), io);
  return Promise.resolve(judge(shrunk.result, shrunk.result.traceHash));
}

/** @throws ArgumentError */
export function scenarioOf(file: string): Scenario {
  try {
    return readSaved(readFileSync(file, 'utf8')).scenario;
  } catch (error) {
    if (error instanceof SavedError || (error instanceof Error && 'code' in error)) throw new ArgumentError(`${file}: ${error.message}`);
    throw error;
  }
}

function report(scenario: Scenario, shrunk: Shrunk, out: string, json: boolean, io: Io): void {
  const before = scenario.commands.length + scenario.faults.length;
  const { commands, faults } = shrunk.scenario;
  const removed = before === 0 ? 0 : 1 - (commands.length + faults.length) / before;
  if (json) {
    const violation = {
      kind: shrunk.trouble.kind,
      checker: shrunk.trouble.checkers[0],
      text: explain(shrunk.result, shrunk.result.traceHash),
    };
    const { traceHash } = shrunk.result;
    const sizes = {
      commandsBefore: scenario.commands.length,
      faultsBefore: scenario.faults.length,
      commands: commands.length,
      faults: faults.length,
    };
    io.out(`${JSON.stringify({ seed: scenario.seed, violation, traceHash, ...sizes, removed, runs: shrunk.runs, file: out })}\n`);
    return;
  }
  io.out(
    `from ${scenario.commands.length} commands and ${scenario.faults.length} faults to ${commands.length} and ${faults.length} ` +
      `(${(removed * 100).toFixed(1)} % removed) in ${shrunk.runs} runs\n`,
  );
}

/** What is left of the scenario, as a list of what happens. */
function storyOf(scenario: Scenario): string {
  const steps = [
    ...scenario.commands.map(({ atUs, kind, user, device, tab, peer, text }) => ({
      atUs,
      line: `u${user}.d${device}.t${tab} ${kind} to user${peer} ${text.split(' ')[0]}`,
    })),
    ...scenario.faults.map((fault) => ({ atUs: fault.atUs, line: `fault ${JSON.stringify({ ...fault, atUs: undefined })}` })),
  ].sort((left, right) => left.atUs - right.atUs);
  return `what is left happens like this:\n${steps.map(({ atUs, line }) => `    ${(atUs / 1000).toFixed(3)} ms  ${line}\n`).join('')}`;
}
