/** `parley serve`: runs a node until SIGTERM or SIGINT, then stops in order, at the latest after ten seconds or at a second signal. */
import { describeOptions, readConfig } from '../host/config.ts';
import { type Node, startNode } from '../host/node.ts';
import { type Command, ExitCode, err, out, startFailure, usage } from './command.ts';
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
    return startFailure('serve', error);
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
    if (stopping) return endNow('a second signal');
    stopping = true;
    setTimeout(() => endNow(`not stopped after ${stopMsMax / 1000} seconds`), stopMsMax).unref();
    node.stop().then(
      () => process.exit(ExitCode.ok),
      (error: unknown) => endNow(error instanceof Error ? error.message : String(error)),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** What was accepted is in the store; the rest was promised to nobody, and clients send it again. */
function endNow(why: string): void {
  err(`parley serve: ends at once (${why}); the next start recovers\n`);
  process.exit(ExitCode.failed);
}
