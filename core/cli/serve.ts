/** `parley serve`: runs a node until SIGTERM or SIGINT, then stops in order, at the latest after ten seconds. */
import { parseArgs } from 'node:util';
import { describeOptions, type OptionName, options, readConfig } from '../host/config.ts';
import { StartError } from '../host/errors.ts';
import { type Node, startNode } from '../host/node.ts';
import { type Command, ExitCode, err, out, usage } from './command.ts';

const stopMsMax = 10_000;
const help = `parley serve: runs one node

${describeOptions()}

Flags win over variables. Without a key for tokens the node runs in development mode: anyone can log in as anyone.
`;

export const serveCommand: Command = { name: 'serve', summary: 'run a node', run: serve };

/** @returns an exit code, or undefined when the node runs. */
async function serve(args: readonly string[]): Promise<number | undefined> {
  const flags = readFlags(args);
  if (typeof flags === 'string') {
    if (flags === '') {
      out(help);
      return ExitCode.ok;
    }
    return usage('serve', flags, help);
  }
  endOnErrors();
  try {
    const node = await startNode(readConfig(process.env, flags));
    out(`Parley is running: open ${node.url}\n`);
    stopOnSignals(node);
    return undefined;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    err(`parley serve: ${error.message}\n`);
    return ExitCode.failed;
  }
}

/** The flags; '' when help is wanted, else what is wrong. */
function readFlags(args: readonly string[]): Partial<Record<OptionName, string>> | string {
  const known = Object.entries(options).map(([name, option]) => [name as OptionName, option.flag] as const);
  const wanted = Object.fromEntries(known.map(([, flag]) => [flag, { type: 'string' as const }]));
  try {
    const { values } = parseArgs({ args: [...args], options: { ...wanted, help: { type: 'boolean', short: 'h' } }, strict: true });
    if (values.help === true) return '';
    const flags: Partial<Record<OptionName, string>> = {};
    for (const [name, flag] of known) {
      const value: unknown = values[flag as keyof typeof values];
      if (typeof value === 'string') flags[name] = value;
    }
    return flags;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** An error nobody caught (a rejected promise is one, too): what is in memory may be wrong, so nothing more comes of it. */
function endOnErrors(): void {
  process.on('uncaughtException', (error) => {
    err(`parley serve: an error of this program: ${error.stack ?? error.message}\n`);
    process.exit(ExitCode.internal);
  });
}

function stopOnSignals(node: Node): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(ExitCode.failed), stopMsMax).unref();
    node.stop().then(
      () => process.exit(ExitCode.ok),
      () => process.exit(ExitCode.failed),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
