// Goal: the simulator's commands answer as their help says: exit code, JSON on the last line, files. Method: the commands themselves, with
// their output caught; what needs threads (run, mutants) is shown by the checks of the tree.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Io } from '../../../sim/cli/args.ts';
import { simCli } from '../../../sim/cli.ts';
import { drawScenario } from '../../../sim/scenario.ts';
import { readSaved, writeSaved } from '../../../sim/shrink/saved.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-sim-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function cli(...args: string[]): Promise<{ code: number; out: string; err: string; json: Record<string, unknown> }> {
  const texts = { out: '', err: '' };
  const io: Io = {
    out: (text) => {
      texts.out += text;
    },
    err: (text) => {
      texts.err += text;
    },
    isTerminal: false,
  };
  const code = await simCli(args, io);
  const last = texts.out.trimEnd().split('\n').at(-1) ?? '';
  return { code, ...texts, json: last.startsWith('{') ? (JSON.parse(last) as Record<string, unknown>) : {} };
}

/** Nothing can be accepted in it. */
function failingFile(): string {
  const file = join(folder, 'failing.json');
  const scenario = drawScenario(3, 12);
  writeFileSync(file, writeSaved({ ...scenario, limits: { ...scenario.limits, obligationsPerSlotMax: 0 } }, 'by hand'));
  return file;
}

describe('parley sim', () => {
  it('teaches', async () => {
    const { code, out } = await cli('--help');
    expect(code).toBe(0);
    for (const word of ['run', 'replay', 'shrink', 'check', 'mutants', 'Exit codes']) expect(out).toContain(word);
    expect((await cli('shrink', '--help')).code).toBe(0);
  });

  it.each([
    [[]],
    [['dance']],
    [['replay']],
    [['shrink', '--seed', '1', 'file.json']],
    [['replay', 'nowhere.json']],
    [['replay', '--seed', 'x']],
    [['check', 'nowhere.ndjson']],
    [['check', tmpdir()]],
  ])('refuses %j', async (args) => {
    const { code, err } = await cli(...args);
    expect(code).toBe(2);
    expect(err).toContain('parley sim');
  });

  it('check refuses a file without a history, which would pass as one without violations', async () => {
    const file = join(folder, 'no-history.ndjson');
    writeFileSync(file, Buffer.from([0xff, 0x00, 0x31]));
    const { code, err } = await cli('check', file);
    expect(code).toBe(2);
    expect(err).toContain('no-history.ndjson: holds no line of a history');
  });

  it('replay: the same trace each time, none broken', async () => {
    const first = await cli('replay', '--seed', '4', '--messages', '15', '--json');
    expect(first.code).toBe(0);
    expect(first.json).toMatchObject({ seed: 4, violation: null });
    expect((await cli('replay', '--seed', '4', '--messages', '15', '--json')).json.traceHash).toBe(first.json.traceHash);
  });

  it('replay --trace --until stops in time', async () => {
    const { out } = await cli('replay', '--seed', '4', '--messages', '15', '--trace', '--until', '1000');
    const times = [...out.matchAll(/^([\d.]+) ms {2}/gm)].map((match) => Number(match[1]));
    expect(times.length).toBeGreaterThan(5);
    expect(Math.max(...times)).toBeLessThanOrEqual(1000);
  });

  it('replay of a file that fails: exit code of liveness, the violation in words', async () => {
    const { code, json, err } = await cli('replay', failingFile(), '--json');
    expect(code).toBe(4);
    expect(json.violation).toMatchObject({ kind: 'liveness' });
    expect(err).toContain('has no outcome');
  });

  it('shrink: smaller, told as a story, saved, and the file fails in the same way', async () => {
    const out = join(folder, 'small.json');
    const { code, json, err } = await cli('shrink', failingFile(), '--out', out, '--json');
    expect(code).toBe(4);
    expect(json).toMatchObject({ commands: 1, faults: 0, file: out });
    expect(err).toContain('what is left happens like this');
    expect(readSaved(readFileSync(out, 'utf8')).found).toContain('has no outcome');
    expect((await cli('replay', out, '--json')).json.traceHash).toBe(json.traceHash);
  });

  it('shrink of a seed that keeps every promise says so', async () => {
    const { code, json } = await cli('shrink', '--seed', '4', '--messages', '15', '--json');
    expect(code).toBe(0);
    expect(json).toMatchObject({ violation: null });
  });
});
