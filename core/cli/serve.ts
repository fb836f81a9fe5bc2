/** `parley serve`: runs a node until SIGTERM or SIGINT, then stops in order, at the latest after ten seconds. */
import { parseArgs } from 'node:util';
import { describeOptions, type OptionName, options, readConfig } from '../host/config.ts';
import { StartError } from '../host/errors.ts';
import { type Node, startNode } from '../host/node.ts';

const stopMsMax = 10_000;
const help = `parley serve: runs one node

${describeOptions()}

Flags win over variables. Without a key for tokens the node runs in development mode: anyone can log in as anyone.
`;

/** @returns an exit code, or undefined when the node runs. */
export async function serve(args: readonly string[]): Promise<number | undefined> {
  const flags = readFlags(args);
  if (typeof flags === 'string') {
    if (flags === '') {
      process.stdout.write(help);
      return 0;
    }
    process.stderr.write(`parley serve: ${flags}\n\n${help}`);
    return 2;
  }
  try {
    const node = await startNode(readConfig(process.env, flags));
    process.stdout.write(`Parley is running: open ${node.url}\n`);
    stopOnSignals(node);
    return undefined;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`parley serve: ${error.message}\n`);
    return 1;
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

function stopOnSignals(node: Node): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), stopMsMax).unref();
    node.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
