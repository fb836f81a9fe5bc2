/** `parley sim …`: the simulator's commands, their help and their exit codes. */
import { ArgumentError, type Io, processIo } from './cli/args.ts';
import { checkCommand } from './cli/check-command.ts';
import { dayCommand } from './cli/day-command.ts';
import { ExitCode } from './cli/exit-code.ts';
import { mutantsCommand } from './cli/mutants-command.ts';
import { replayCommand } from './cli/replay-command.ts';
import { routingCommand } from './cli/routing-command.ts';
import { runCommand } from './cli/run-command.ts';
import { shrinkCommand } from './cli/shrink-command.ts';

const help = `parley sim: runs the real engine in virtual time, with faults, and checks every promise

  parley sim run     [--seeds N] [--seed S] [--messages M] [--workers W] [--twice] [--coverage] [--json]
      Runs seeds S, S+1, … (default: 100 seeds from 1, 280 commands to write each). Each seed is one world: users, devices,
      faults, limits all follow from it. One seed of twenty (--twice: every one) is run twice and must give the same trace.
      From 1000 seeds on, each rare path of sim/sometimes.ts must have been taken at least once. --coverage prints how often.
  parley sim replay  --seed S | FILE [--messages M] [--trace] [--until MS] [--history FILE] [--scenario] [--json]
      Runs one seed, or a saved scenario, again and explains it. --trace prints what happened (until so many virtual ms),
      --history writes the NDJSON history, --scenario prints the drawn faults and limits.
  parley sim shrink  --seed S | FILE [--messages M] [--runs N] [--out FILE] [--json]
      Makes a failing run as small as it goes (faults first, then commands, users, settings, durations), tells what is left
      as a story and saves it. A file under test/sim/regressions is replayed by the tests for ever.
  parley sim check   FILE … [--json]
      Reads NDJSON histories (simulator, kill test, load runs) and runs the same checkers over them.
  parley sim mutants [--seeds N] [--only NAME,…] [--workers W] [--kills K] [--shrink] [--search] [--record] [--json]
      Builds each deliberate bug of sim/mutants and shows that its checker finds it within N seeds (default 2000). Seeds that
      found it before come first (--search: not); --record notes the seeds that found it now. --kills 20: until the 20th kill,
      seeds to kill is their median. --shrink: how small the first killing seed becomes.
  parley sim routing [--users U] [--nodes N] [--seed S] [--json]
      Counts U users (default 500,000,000) by partition and slot with the real hash, and plans fleets of 1 to N nodes (default 300):
      balance, the worst slot, what moves when nodes come and go.
  parley sim day     [--slots N] [--seed S] [--json]
      One partition's day in virtual time: 256 slots are 555,556 users, 830,000 devices and 22.2 M messages. N slots (default 8) are
      a sample at full density: whole slots, no thinned users. Half of them lie on each side of a link between two nodes (an odd N
      is one more), so that every message takes a fleet's hops. Counts frames, bytes, rows, batches and timers a message, with 95 %
      confidence intervals over slots; the counts and the trace are the same in every run. A slot takes 5 to 8 s and 50 MB; the whole
      partition, by samples, 25 to 40 minutes and 4 GB. Work of a node's own clock (timers) is shared by more messages in larger samples.

Exit codes: 0 all promises held · 2 wrong arguments · 3 a promise was broken · 4 it never came to rest
            5 a machine threw · 6 the same seed gave another trace · 7 a mutant lived · 8 a rare path was never reached
A failing seed is printed with the command that replays it. A seed means the same run only at the same commit.
`;

/** Runs one command; returns the exit code. */
export async function simCli(args: readonly string[], io: Io = processIo): Promise<number> {
  const [command, ...rest] = args;
  try {
    switch (command) {
      case 'run':
        return await runCommand(rest, io);
      case 'replay':
        return await replayCommand(rest, io);
      case 'shrink':
        return await shrinkCommand(rest, io);
      case 'check':
        return await checkCommand(rest, io);
      case 'day':
        return await dayCommand(rest, io);
      case 'routing':
        return await routingCommand(rest, io);
      case 'mutants':
        return await mutantsCommand(rest, io);
      case 'help':
      case '--help':
      case '-h':
        io.out(help);
        return ExitCode.ok;
      default:
        io.err(`parley sim: ${command === undefined ? 'which command?' : `no command "${command}"`}\n\n${help}`);
        return ExitCode.usage;
    }
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    if (error.message === 'help') {
      io.out(help);
      return ExitCode.ok;
    }
    io.err(`parley sim ${command}: ${error.message}\n(all commands and options: parley sim --help)\n`);
    return ExitCode.usage;
  }
}
