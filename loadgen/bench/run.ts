/**
 * One measured run: a fresh server on its core, a generator process on the other.
 */
import { fileURLToPath } from 'node:url';
import { BenchServer } from './bench-server.ts';
import { generatorCore, serverCore, startMeasured } from './measured-child.ts';
import type { GeneratorMessage, GeneratorTask, RunFigures, RunPlan } from './run-plan.ts';

const generatorPath = fileURLToPath(new URL('generator.js', import.meta.url));

export interface RunOptions {
  readonly pin: boolean;
  readonly nodeFlags: readonly string[];
  readonly progress: (text: string) => void;
}

/** Runs `plan` against a server of its own. @throws when either process fails. */
export async function runOnce(plan: RunPlan, options: RunOptions): Promise<RunFigures> {
  const server = await BenchServer.start({ core: options.pin ? serverCore : null, nodeFlags: options.nodeFlags });
  try {
    const port = plan.transport === 'stream' ? server.streamPort : server.port;
    const task: GeneratorTask = { plan, port, secret: server.secret, serverPid: server.pid };
    const figures = await generate(task, options);
    if (server.died !== '') throw new Error(`the server died: ${server.died}\n${server.stderr}`);
    return figures;
  } catch (error) {
    if (server.died === '') throw error;
    throw new Error(`the server died: ${server.died}\n${server.stderr}`);
  } finally {
    await server.stop();
  }
}

function generate(task: GeneratorTask, { pin, progress }: RunOptions): Promise<RunFigures> {
  // Young objects die young: a larger nursery copies fewer of them.
  const args = ['--max-semi-space-size=32', generatorPath, JSON.stringify(task)];
  const child = startMeasured(pin ? generatorCore : null, process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  let figures: RunFigures | null = null;
  child.on('message', (message) => {
    const said = message as GeneratorMessage;
    if (said.kind === 'progress') progress(said.text);
    else figures = said.figures;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (figures !== null) resolve(figures);
      else reject(new Error(`the generator ended without a result: exit code ${code}, signal ${signal}`));
    });
  });
}
