// Goal: the library as an application sees it, on a real node, over each transport.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Parley, TransportChoice, User } from '../../../core/client/api.ts';
import { createParley, developmentToken, FileStore, MemoryStore, ParleyError } from '../../../core/client/node/index.ts';
import { startTestNode } from '../../_util/test-node.ts';
import { newServer } from '../../dashboards/server-process.ts';
import { freshName, inboxOf, signIn, texts, until } from './two-users.ts';

function me(parley: Parley): User {
  if (parley.me === null) throw new Error('not connected');
  return parley.me;
}

describe.each<TransportChoice>(['websocket', 'poll', 'stream'])('over %s', (transport) => {
  it('two people chat: messages, ticks, edit, delete, unread, typing, names', async () => {
    const node = await startTestNode();
    const ada = await signIn(node, freshName('ada'), { transport });
    const ben = await signIn(node, freshName('ben'), { transport });
    const received = inboxOf(ben);
    const toAda = inboxOf(ada);
    expect(await ada.findUser(me(ben).name)).toEqual(me(ben));
    expect(await ada.findUser('nobody of this name')).toBeNull();
    const chat = ada.conversation(me(ben).id);
    const outcomes = await Promise.all(Array.from({ length: 30 }, (_, index) => chat.send(`m${index + 1}`)));
    expect(outcomes.map(({ seq }) => seq)).toEqual(outcomes.map((_, index) => index + 1));
    await until(ben, () => received.length === 30, 'all arrive');
    expect(received.map((message) => message.text)).toEqual(outcomes.map((_, index) => `m${index + 1}`));
    await until(ada, () => chat.messages.at(-1)?.state === 'delivered', 'ticks');

    const there = ben.conversation(me(ada).id);
    expect(there.summary.unread).toBe(30);
    await there.open();
    there.read();
    await until(ada, () => chat.messages.every((message) => message.state === 'read'), 'read ticks');
    expect(there.summary.unread).toBe(0);

    await chat.edit(1, 'changed');
    await chat.delete(2);
    await until(ben, () => texts(there)[0] === 'changed' && there.messages[1].deleted, 'edit and deletion');
    expect(there.messages[0]).toMatchObject({ edited: true, deleted: false });
    expect(there.messages[1].text).toBe('');
    await expect(there.edit(1, 'not mine')).rejects.toMatchObject({ code: 'notAuthor', retry: false, blame: 'caller' });

    there.typing();
    await until(ada, () => chat.peerTyping, 'typing');
    await there.send('answer', { replyTo: 3 });
    await until(ada, () => chat.messages.at(-1)?.replyTo === 3, 'the answer');
    expect(
      toAda.map((message) => message.text),
      'own messages are no news',
    ).toEqual(['answer']);
    expect(there.summary.unread, 'own messages are not unread').toBe(0);
    expect(chat.peerTyping).toBe(false);
    expect(await ada.names([me(ben).id, me(ada).id])).toEqual(
      new Map([
        [me(ben).id, me(ben).name],
        [me(ada).id, me(ada).name],
      ]),
    );
    await until(ada, () => ada.conversations()[0]?.name === me(ben).name, 'the name in the list');
  });

  it('history joins the loaded range without a hole', async () => {
    const node = await startTestNode();
    const ada = await signIn(node, freshName('ada'), { transport });
    const notes = ada.conversation(me(ada).id);
    await Promise.all(Array.from({ length: 120 }, (_, index) => notes.send(`n${index + 1}`)));
    const again = await signIn(node, me(ada).name, { transport });
    const there = again.conversation(me(ada).id);
    await until(again, () => there.messages.length === 120, 'all are caught up');
    const fresh = await signIn(node, me(ada).name, { transport, tailEventsMax: 20 });
    const tail = fresh.conversation(me(ada).id);
    await until(fresh, () => tail.messages.length >= 20, 'the tail');
    const { more } = await tail.history(undefined, 40);
    expect(more).toBe(true);
    const seqs = tail.messages.map((message) => message.seq);
    expect(seqs).toEqual(seqs.map((_, index) => seqs[0] + index));
    expect(seqs.at(-1)).toBe(120);
    expect(tail.hasOlder).toBe(true);
    while (tail.hasOlder) await tail.history();
    expect(texts(tail)).toEqual(texts(there));
  });
});

it('a server that restarts loses and doubles nothing', async () => {
  const node = await newServer();
  onTestFinished(() => node.remove());
  await node.start();
  const ada = await signIn(node, freshName('ada'));
  const ben = await signIn(node, freshName('ben'));
  const received = inboxOf(ben);
  const chat = ada.conversation(me(ben).id);
  await chat.send('before');
  await until(ada, () => chat.messages[0]?.state === 'delivered', 'it is delivered');
  const states: string[] = [];
  ada.on('state', ({ state }) => states.push(state));
  await node.stop();
  await until(ada, () => ada.state === 'reconnecting', 'the loss is seen');
  const meanwhile = [chat.send('one'), chat.send('two')];
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(chat.messages.map((message) => message.state)).toEqual(['delivered', 'pending', 'pending']);
  await node.start();
  expect((await Promise.all(meanwhile)).map(({ seq }) => seq)).toEqual([2, 3]);
  await until(ben, () => received.length === 3, 'all arrive');
  expect(received.map((message) => message.text)).toEqual(['before', 'one', 'two']);
  expect(states).toContain('online');
});

it('a message written while the server was away survives the process of the client', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'parley-client-')), 'outbox');
  const node = await newServer();
  onTestFinished(() => node.remove());
  await node.start();
  const ben = await signIn(node, freshName('ben'));
  const received = inboxOf(ben);
  const name = freshName('ada');
  const first = await signIn(node, name, { store: new FileStore(path) });
  await expect(new FileStore(path).open()).rejects.toMatchObject({ name: 'StoreInUseError' });
  await node.stop();
  await until(first, () => first.state === 'reconnecting', 'the loss is seen');
  const chat = first.conversation(me(ben).id);
  const outcome = chat.send('kept');
  await until(first, () => chat.messages.length === 1, 'it is taken');
  await first.close();
  await expect(outcome).rejects.toMatchObject({ code: 'closed' });
  await node.start();
  const second = await signIn(node, name, { store: new FileStore(path) });
  await until(ben, () => received.length === 1, 'it arrives');
  const there = second.conversation(me(ben).id);
  await until(second, () => there.messages.at(-1)?.state === 'delivered', 'and is known here');
  expect(texts(there)).toEqual(['kept']);
});

it('a device that comes back with its store gets what it missed, each once', async () => {
  const node = await startTestNode();
  const ada = await signIn(node, freshName('ada'));
  const name = freshName('ben');
  const store = new MemoryStore(7);
  const first = await signIn(node, name, { store });
  const chat = ada.conversation(me(first).id);
  const before = inboxOf(first);
  await chat.send('live');
  await until(first, () => before.length === 1, 'the live one');
  await first.close();
  await chat.send('missed 1');
  await chat.send('missed 2');
  await until(ada, () => chat.messages.at(-1)?.peerOffline === true, 'told that the peer is off line');
  const second = createParley({ url: node.url, store, token: () => developmentToken(node.url, name) });
  onTestFinished(() => second.close());
  const after = inboxOf(second);
  await second.connect();
  await until(second, () => after.length === 2, 'what was missed');
  expect(after.map((message) => message.text)).toEqual(['missed 1', 'missed 2']);
});

it('errors say who is to blame and whether to try again', async () => {
  const node = await startTestNode();
  const ada = await signIn(node, freshName('ada'));
  const chat = ada.conversation(me(ada).id);
  await expect(chat.send('')).rejects.toMatchObject({ code: 'badSend', blame: 'caller', retry: false });
  await expect(chat.send('x'.repeat(9000))).rejects.toMatchObject({ code: 'tooLarge' });
  await expect(chat.send('\ud800')).rejects.toMatchObject({ code: 'badSend' });
  const nobody = ada.conversation(me(ada).id > 5 ? 4 : 7);
  await expect(nobody.send('anyone?')).rejects.toMatchObject({ code: 'noSuchUser', retry: false });
  expect(nobody.messages.at(-1)?.state).toBe('failed');
  nobody.discard(nobody.messages[0].key);
  expect(nobody.messages).toEqual([]);
  const refused = createParley({ url: node.url, token: 'no token' });
  await expect(refused.connect()).rejects.toBeInstanceOf(ParleyError);
  await expect(refused.connect()).rejects.toMatchObject({ code: 'tokenInvalid' });
  expect(() => createParley({ token: '' }).conversation(1)).toThrow(expect.objectContaining({ code: 'notConnected' }));
});

it('a blocked peer hears so', async () => {
  const node = await startTestNode();
  const ada = await signIn(node, freshName('ada'));
  const ben = await signIn(node, freshName('ben'));
  await ada.conversation(me(ben).id).send('hello');
  await ben.conversation(me(ada).id).block(true);
  await expect(ada.conversation(me(ben).id).send('again')).rejects.toMatchObject({ code: 'blocked', blame: 'peer' });
});
