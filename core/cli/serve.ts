/** `parley serve`: runs a node until SIGTERM or SIGINT, then stops in order, at the latest after ten seconds. */
import { describeOptions, readConfig } from '../host/config.ts';
import { StartError } from '../host/errors.ts';
import { type Node, startNode } from '../host/node.ts';
import { type Command, ExitCode, err, out, usage } from './command.ts';
import { readFlags } from './option-flags.ts';

const stopMsMax = 10_000;
const help = `parley serve: runs one node

${describeOptions()}

Flags win over variables. Without a key for tokens the node runs in development mode: anyone can log in as anyone.
`;

export const serveCommand: Command = { name: 'serve', summary: 'run a node', run: serve };

/** @returns an exit code, or undefined when the node runs. */
async function serve(args: readonly string[]): Promise<number | undefined> {
  const read = readFlags(args);
  if (typeof read === 'string') return usage('serve', read, help);
  if (read.wantsHelp) {
    out(help);
    return ExitCode.ok;
  }
  endOnErrors();
  try {
    const node = await startNode(readConfig(process.env, read.flags));
    out(`Parley is running: open ${node.url}\n`);
    stopOnSignals(node);
    return undefined;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    err(`parley serve: ${error.message}\n`);
    return ExitCode.failed;
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
