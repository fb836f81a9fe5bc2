// Goal: one command runs every test; kinds are told by suffix. Method: a project a kind, each with its own time limit; no retries, because
// a test that fails once has found something. Two workers, as the machines have two cores.
import { defineConfig } from 'vitest/config';

const kinds = ['sim', 'browser', 'kill', 'redis', 'hbase'] as const;

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    retry: 0,
    projects: [
      project(
        'unit',
        ['test/**/*.test.ts'],
        20_000,
        kinds.map((kind) => `test/**/*.${kind}.test.ts`),
      ),
      project('sim', ['test/**/*.sim.test.ts'], 120_000),
      project('browser', ['test/**/*.browser.test.ts'], 120_000),
      project('kill', ['test/**/*.kill.test.ts'], 300_000),
      project('redis', ['test/**/*.redis.test.ts'], 60_000),
      project('hbase', ['test/**/*.hbase.test.ts'], 60_000, [], 'test/_util/real-hbase.ts'),
    ],
  },
});

function project(
  name: string,
  include: string[],
  testTimeout: number,
  exclude: string[] = [],
  globalSetup: string | undefined = undefined,
) {
  return {
    extends: true as const,
    test: {
      name,
      include,
      exclude: ['test/lint/fixtures/**', ...exclude],
      testTimeout,
      hookTimeout: testTimeout,
      ...(globalSetup === undefined ? {} : { globalSetup }),
    },
  };
}
