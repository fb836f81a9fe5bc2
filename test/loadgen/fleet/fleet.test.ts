// Goal: a fleet's users send, show, acknowledge and come back over the raw stream door of a real node, and count right.
import { expect, it, onTestFinished } from 'vitest';
import { Fleet } from '../../../loadgen/fleet/fleet.ts';
import type { FleetSession } from '../../../loadgen/fleet/fleet-session.ts';
import { developmentToken, startTestNode } from '../../_util/test-node.ts';

const users = 20;
const messagesEach = 20;

it('every message is accepted once and shown once, in order, over a cut of all connections', async () => {
  const node = await startTestNode();
  const fleet = new Fleet();
  onTestFinished(() => fleet.close());
  const accepted = new Set<number>();
  const shown = new Map<FleetSession, string[]>();
  for (let index = 0; index < users; index++) {
    const token = await developmentToken(node, `fleet-${index}`);
    const session = fleet.add({
      host: '127.0.0.1',
      port: node.streamPort,
      token,
      onEvent: (event, from) => {
        if (event.kind === 'outgoing' && event.state === 'accepted') accepted.add(event.localId);
        if (event.kind === 'event' && event.event.author !== from.user) shown.get(from)?.push(new TextDecoder().decode(event.event.body));
      },
    });
    shown.set(session, []);
  }
  await fleet.startAll();
  let localId = 0;
  for (let round = 0; round < messagesEach; round++) {
    fleet.sessions.forEach((from, index) => {
      const to = fleet.sessions[(index + 1) % users];
      from.send(Math.min(from.user, to.user), Math.max(from.user, to.user), new TextEncoder().encode(`${round}`), ++localId);
    });
    if (round === messagesEach / 2) for (const session of fleet.sessions) session.cut();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const isDone = () => accepted.size === localId && [...shown.values()].every((texts) => texts.length === messagesEach);
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 10));
  const expected = Array.from({ length: messagesEach }, (_, round) => `${round}`);
  for (const texts of shown.values()) expect(texts).toEqual(expected);
});
