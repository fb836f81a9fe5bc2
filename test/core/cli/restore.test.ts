// A backup put back as OPERATIONS.md says: a client that knows more than the store gives that up, and goes on, nothing lost or doubled of
// what the store has.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MemoryStore } from '../../../core/client/memory-store.ts';
import { signIn, texts, until } from '../client/two-users.ts';
import { newDirectory, parley, serve } from './parley.ts';

it('clients of a restored and renewed store take its log for true and go on', async () => {
  const directory = newDirectory();
  const [data, backup] = [join(directory, 'data'), join(directory, 'backup')];
  const store = new MemoryStore(7);
  const first = await serve(data);
  const environment = { PARLEY_PORT: String(first.port) };
  const ada = await signIn(first, 'ada', { store });
  const user = ada.me?.id ?? 0;
  const note = ada.conversation(user);
  await note.send('in the backup');
  first.kill('SIGTERM');
  await first.exit;
  cpSync(data, backup, { recursive: true });
  const second = await serve(data, environment);
  await note.send('after the backup');
  await note.send('and one more');
  await ada.close();
  second.kill('SIGTERM');
  await second.exit;
  rmSync(data, { recursive: true });
  cpSync(backup, data, { recursive: true });
  expect(parley(['store', 'renew', data])).toMatchObject({ code: 0, error: '' });
  await serve(data, environment);
  const again = await signIn(first, 'ada', { store });
  const notes = again.conversation(user);
  expect((await notes.send('new')).seq).toBe(2);
  await until(again, () => texts(notes).includes('in the backup'), 'the log is read');
  expect(texts(notes)).toEqual(['in the backup', 'new']);
}, 60_000);
