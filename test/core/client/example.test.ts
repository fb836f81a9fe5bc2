// Goal: the example of the README works as printed. Method: it is run as a program of its own against a node of the real parts; like a
// reader's, its import of `parley/client` is the built package.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { top } from '../../_util/source-files.ts';
import { startTestNode } from '../../_util/test-node.ts';

const run = promisify(execFile);

it('the README prints examples/hello.mjs, of at most 30 lines, and it runs', async () => {
  const example = readFileSync(join(top, 'examples/hello.mjs'), 'utf8');
  expect(readFileSync(join(top, 'README.md'), 'utf8')).toContain(`\`\`\`js\n${example}\`\`\``);
  expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(30);
  expect(existsSync(join(top, 'dist/core/client/node/index.js')), 'npm run build comes first').toBe(true);
  const node = await startTestNode();
  const { stdout } = await run(process.execPath, ['examples/hello.mjs'], {
    cwd: top,
    env: { ...process.env, PARLEY_URL: node.url },
    timeout: 15_000,
  });
  expect(stdout.replace('up to 2', 'up to 1').trim().split('\n').sort()).toEqual(
    [
      'ada is on line',
      'ben is on line',
      'accepted: durable, at position 1',
      'ben reads: Hello Ben!',
      'ada reads: Hello Ada!',
      'ben has read up to 1',
    ].sort(),
  );
});
