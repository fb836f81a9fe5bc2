// Goal: who writes before reading still tells the peer of the reading afterwards: the own send raises the own inbox only.
import { it } from 'vitest';
import { startTestNode } from '../../_util/test-node.ts';
import { freshName, inboxOf, signIn, until } from './two-users.ts';

it('a read below an own send reaches the peer', async () => {
  const node = await startTestNode();
  const ada = await signIn(node, freshName('ada'));
  const ben = await signIn(node, freshName('ben'));
  const received = inboxOf(ben);
  const toBen = ada.conversation(ben.me?.id ?? 0);
  const toAda = ben.conversation(ada.me?.id ?? 0);
  await toBen.send('are you there?');
  await until(ben, () => received.length === 1, 'the question');
  const { seq } = await toAda.send('written before it was seen');
  await until(ben, () => toAda.summary.unread === 0, 'who writes has read');
  await until(ada, () => toBen.messages.at(-1)?.seq === seq, 'the answer');
  // The library has said so with the send already, or it does now: a read below the own send must not be dropped.
  toAda.read(1);
  await until(ada, () => toBen.messages[0].state === 'read', 'the read tick', 5_000);
});
