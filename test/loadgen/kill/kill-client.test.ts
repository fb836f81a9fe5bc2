// Goal: what clients do and see on a real node becomes a history that the checkers take for whole, also over the death of a client with a file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { FileStore } from '../../../core/client/node/file-store.ts';
import { Fleet } from '../../../loadgen/fleet/fleet.ts';
import { StoreLine } from '../../../loadgen/fleet/store-line.ts';
import { KillClient } from '../../../loadgen/kill/kill-client.ts';
import { Progress } from '../../../loadgen/kill/progress.ts';
import { CheckerSet } from '../../../sim/checkers/all.ts';
import type { HistoryEntry } from '../../../sim/history/entry.ts';
import { Recorder } from '../../../sim/recorder.ts';
import { developmentToken, startTestNode } from '../../_util/test-node.ts';

async function setUp() {
  const node = await startTestNode();
  const fleet = new Fleet();
  const directory = mkdtempSync(join(tmpdir(), 'parley-kill-client-'));
  const clients: KillClient[] = [];
  onTestFinished(async () => {
    fleet.close();
    for (const client of clients) await client.end();
    rmSync(directory, { recursive: true, force: true });
  });
  const checkers = new CheckerSet();
  const progress = new Progress();
  const entries: HistoryEntry[] = [];
  const clock = {
    get nowUs() {
      return Math.round(performance.now() * 1000);
    },
  };
  const recorder = new Recorder(clock, checkers);
  recorder.onEntry = (entry) => {
    entries.push(entry);
    progress.observe(entry);
  };
  recorder.add({ process: 'test', type: 'info', op: 'run', format: 1, errorUs: 0 });
  const openLine = (): StoreLine => new StoreLine(new FileStore(join(directory, 'ann.store')), (error) => expect(error).toBe(null));
  const client = async (name: string, keeps: boolean): Promise<KillClient> => {
    const token = await developmentToken(node, name);
    const options = { fleet, recorder, device: name, streamPort: () => node.streamPort, token, ...(keeps ? { openLine } : {}) };
    const made = new KillClient(options);
    clients.push(made);
    await made.begin();
    while (!made.isLive) await pause(5);
    return made;
  };
  const rest = async (): Promise<void> => {
    while (progress.unrest(recorder.open.size) !== '') await pause(10);
  };
  const summary = (process: string): string[] =>
    entries.filter((entry) => entry.process === process).map(({ op, type }) => `${op} ${type}`);
  return { ann: await client('ann', true), bob: await client('bob', false), recorder, checkers, entries, rest, summary };
}

it('a message becomes: written, sent, answered, accepted, shown, acknowledged, confirmed, receipt', async () => {
  const { ann, bob, checkers, entries, rest, summary } = await setUp();
  ann.show(bob.user);
  ann.write('m1', bob.user, 'm1 hello');
  await rest();
  expect(summary('bob.t0')).toEqual(['device info', 'welcome info', 'session info', 'event ok', 'ack invoke', 'ack ok']);
  const own = summary('ann.t0').slice(3);
  expect(own.slice(0, 3)).toEqual(['show info', 'send invoke', 'attempt info']);
  expect(own).toEqual(expect.arrayContaining(['answer ok', 'send ok', 'event ok', 'receipt ok']));
  expect(entries.find((entry) => entry.op === 'event')).toMatchObject({ text: 'm1 hello', author: ann.user, seq: 1, clientSeq: 1 });
  bob.edit('m2', bob.conversationWith(ann.user), 1, 'not the author');
  await rest();
  expect(summary('bob.t0')).toContain('send fail');
  expect(checkers.finish()).toEqual([]);
});

it('a client that dies goes on with what its file holds; what was not stored is lost, and said so', async () => {
  const { ann, bob, recorder, checkers, entries, rest } = await setUp();
  ann.write('m1', bob.user, 'm1 first');
  await rest();
  for (let index = 2; index <= 30; index++) ann.write(`m${index}`, bob.user, `m${index} one of many`);
  await ann.crash();
  expect(recorder.open.size).toBeGreaterThan(0);
  await pause(50);
  await ann.begin();
  while (!ann.isLive) await pause(5);
  await rest();
  const gone = entries.findIndex((entry) => entry.op === 'gone');
  const again = entries.slice(gone).map(({ op, type }) => `${op} ${type}`);
  expect(again.slice(0, 3)).toEqual(['gone info', 'device info', 'cursor info']);
  expect(entries.slice(gone)).toContainEqual(expect.objectContaining({ op: 'device', kept: 'all', user: ann.user }));
  const lost = entries.filter((entry) => entry.op === 'send' && entry.type === 'info' && entry.code === 'lost').length;
  const ended = entries.filter((entry) => entry.op === 'send' && entry.type === 'ok').length;
  expect(lost).toBeGreaterThan(0);
  expect(lost + ended).toBe(30);
  expect(checkers.finish()).toEqual([]);
});
