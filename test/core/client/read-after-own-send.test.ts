// Goal: sending is not reading: what was not read keeps its badge below an own message, and a read there still reaches the peer.
import { expect, it } from 'vitest';
import { startTestNode } from '../../_util/test-node.ts';
import { freshName, inboxOf, signIn, until } from './two-users.ts';

it('an own message leaves unread what was, and a read below it reaches the peer', async () => {
  const node = await startTestNode();
  const ada = await signIn(node, freshName('ada'));
  const ben = await signIn(node, freshName('ben'));
  const received = inboxOf(ben);
  const toBen = ada.conversation(ben.me?.id ?? 0);
  const toAda = ben.conversation(ada.me?.id ?? 0);
  await toBen.send('are you there?');
  await toBen.send('hello?');
  await until(ben, () => received.length === 2, 'the question');
  const { seq } = await toAda.send('written before it was seen');
  await until(ada, () => toBen.messages.at(-1)?.seq === seq, 'the answer');
  expect(toAda.summary.unread).toBe(2);
  expect(toBen.messages[0].state).toBe('delivered');
  toAda.read(1);
  expect(toAda.summary.unread).toBe(1);
  await until(ada, () => toBen.messages[0].state === 'read', 'the read tick', 5_000);
  const elsewhere = await signIn(node, ben.me?.name ?? '');
  const there = elsewhere.conversation(ada.me?.id ?? 0);
  await until(elsewhere, () => there.summary.unread === 1, 'the badge of a new device');
});
