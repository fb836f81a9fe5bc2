// Clients that keep HTTP connections: they are told when one ends, so none sends a request into a connection that is closing.
import { Agent, request } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { startTestNode } from '../../_util/test-node.ts';

interface Answer {
  readonly status: number;
  readonly connection: string | undefined;
  readonly keepAlive: unknown;
}

function ask(url: string, agent: Agent, connection: string): Promise<Answer> {
  const headers = connection === '' ? {} : { connection };
  return new Promise((resolve, reject) => {
    const call = request(url, { agent, headers }, (response) => {
      response.resume();
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          connection: response.headers.connection,
          keepAlive: response.headers['keep-alive'],
        });
      });
    });
    call.on('error', reject);
    call.end();
  });
}

it('says whether the connection goes on', async () => {
  const node = await startTestNode();
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  expect(await ask(`${node.url}healthz`, agent, '')).toEqual({ status: 200, connection: undefined, keepAlive: 'timeout=5' });
  expect(await ask(`${node.url}healthz`, agent, 'close')).toEqual({ status: 200, connection: 'close', keepAlive: undefined });
  expect(await ask(`${node.url}nothing`, agent, 'Close')).toEqual({ status: 404, connection: 'close', keepAlive: undefined });
});

it('answers every request of an agent that now and then asks to close', async () => {
  const node = await startTestNode();
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  onTestFinished(() => agent.destroy());
  const asked = Array.from({ length: 200 }, (_, index) =>
    ask(`${node.url}${index % 2 === 0 ? 'healthz' : 'metrics'}`, agent, index % 3 === 0 ? 'close' : ''),
  );
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect(statuses).toEqual(statuses.map(() => 200));
});
