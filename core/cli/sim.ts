/** `parley sim …`: the simulator, which only a clone of the project has. */
import { type Command, ExitCode, err } from './command.ts';

export const simCommand: Command = {
  name: 'sim',
  summary: 'the simulator: run, replay, check, mutants (in a clone of the project)',
  run: simulate,
};

async function simulate(args: readonly string[]): Promise<number> {
  try {
    const { simCli } = await import('../../sim/cli.ts');
    return await simCli(args);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
      err('parley sim: the simulator is not part of the installed package; run it in a clone of the project\n');
      return ExitCode.usage;
    }
    throw error;
  }
}
