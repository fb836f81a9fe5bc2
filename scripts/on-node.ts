// Goal: run a command on another version of Node: `node dist/scripts/on-node.js 22 node program.js …`. Method: Node comes as a package of
// the registry, so `npm exec` puts it first in PATH; the version that runs this already is used as it is.
import { spawn } from 'node:child_process';

/** The words that run `command` with Node `major` first in PATH. */
export function onNode(major: string, command: readonly string[]): string[] {
  const isCurrent = process.versions.node.split('.')[0] === major;
  return isCurrent ? [...command] : ['npm', 'exec', '--yes', '--loglevel=error', `--package=node@${major}`, '--', ...command];
}

function main(): void {
  const [major, ...command] = process.argv.slice(2);
  if (major === undefined || !/^\d+$/.test(major) || command.length === 0) {
    console.error('usage: on-node MAJOR COMMAND…');
    process.exitCode = 2;
    return;
  }
  const [program = '', ...words] = onNode(major, command);
  const child = spawn(program, words, { stdio: 'inherit' });
  child.on('error', (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}

if (process.argv[1]?.endsWith('on-node.js') === true) main();
