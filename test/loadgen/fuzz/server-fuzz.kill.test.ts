// Goal: a short run of the fuzz test against the built server; `npm run test:fuzz` is the long one.
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fuzzServer, rssGrowthMbMax } from '../../../loadgen/fuzz/server-fuzz.ts';

it('the server answers or closes by code, and serves ordinary clients afterwards', async () => {
  expect(existsSync('dist/core/cli/main.js'), 'npm run build comes first').toBe(true);
  const result = await fuzzServer(2, 4_000);
  expect(result.examples).toEqual([]);
  expect(result).toMatchObject({ crashes: 0, unanswered: 0, afterwards: '' });
  expect(result.rssGrowthMb).toBeLessThanOrEqual(rssGrowthMbMax);
  expect(Object.keys(result.answers)).toEqual(
    expect.arrayContaining(['loggedIn: 4400', 'beforeHello: 4408', 'badJson: 4400', 'badRequests: 400']),
  );
});
