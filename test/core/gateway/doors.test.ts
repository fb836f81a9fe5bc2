// The raw stream, health, metrics, configuration and pages of a real node.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../../core/gateway/http/exchange.ts';
import { Pages } from '../../../core/gateway/http/pages.ts';
import { encodeFrames } from '../../../core/protocol/codec.ts';
import { FrameType } from '../../../core/protocol/generated/frame-type.ts';
import { StreamSplitter } from '../../../core/protocol/stream.ts';
import { developmentToken, frame, framesOf, startTestNode } from '../../_util/test-node.ts';

describe('the raw stream', () => {
  it('carries runs behind their length, in pieces of any size', async () => {
    const node = await startTestNode();
    const run = encodeFrames([
      frame('hello', { protocol: 1, token: await developmentToken(node, 'ann'), deviceId: 1, tabId: 1, attempt: 1 }),
    ]);
    const message = Buffer.alloc(4 + run.length);
    message.writeUInt32BE(run.length);
    message.set(run, 4);
    const socket = connect(node.streamPort, '127.0.0.1');
    const splitter = new StreamSplitter(1 << 20);
    const types: number[] = [];
    const isLive = new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        splitter.push(chunk, (bytes, start, end) => types.push(...framesOf(bytes.slice(start, end)).map((entry) => entry.type)));
        if (types.includes(FrameType.live)) resolve();
      });
    });
    socket.write(message.subarray(0, 3));
    socket.write(message.subarray(3, 20));
    socket.write(message.subarray(20));
    await isLive;
    expect(types[0]).toBe(FrameType.welcome);
    socket.destroy();
  });

  it('ends when a message is too long', async () => {
    const node = await startTestNode();
    const socket = connect(node.streamPort, '127.0.0.1');
    socket.write(Buffer.from([0x7f, 0xff, 0xff, 0xff]));
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    expect(framesOf(new Uint8Array(Buffer.concat(chunks).subarray(4)))).toMatchObject([{ type: FrameType.error, code: 54 }]);
  });
});

describe('the node about itself', () => {
  it('is alive and ready', async () => {
    const node = await startTestNode();
    expect((await fetch(`${node.url}healthz`)).status).toBe(200);
    expect((await fetch(`${node.url}readyz`)).status).toBe(200);
  });

  it('shows metrics with the names of the machines', async () => {
    const node = await startTestNode();
    const text = await (await fetch(`${node.url}metrics`)).text();
    for (const name of [
      'parley_connections 0',
      'parley_edge_sends_total 0',
      'parley_owner_accepted_total 0',
      'parley_process_cpu_seconds_total',
    ]) {
      expect(text).toContain(name);
    }
  });

  it('says that anyone may sign in, and does not when keys are set', async () => {
    const open = await startTestNode();
    expect(await (await fetch(`${open.url}v1/config`)).json()).toMatchObject({ development: true, protocol: 1 });
    const closed = await startTestNode({ PARLEY_JWT_SECRET: 'x'.repeat(32) });
    expect(await (await fetch(`${closed.url}v1/config`)).json()).toMatchObject({ development: false });
    const refused = await fetch(`${closed.url}v1/dev/token`, { method: 'POST', body: '{"name":"ann"}' });
    expect(refused.status).toBe(404);
  });

  it('tells a page of another origin no, one that is allowed yes', async () => {
    const node = await startTestNode({ PARLEY_ORIGINS: 'https://chat.example.org' });
    const ask = (origin: string) => fetch(`${node.url}v1/config`, { headers: { origin } });
    expect((await ask('https://evil.example.org')).status).toBe(403);
    expect((await ask('https://chat.example.org')).headers.get('access-control-allow-origin')).toBe('https://chat.example.org');
    const preflight = await fetch(`${node.url}v1/poll`, { method: 'OPTIONS', headers: { origin: 'https://chat.example.org' } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('parley-poll-number');
  });
});

describe('pages', () => {
  it('have types, tags, cache rules and a policy', () => {
    const directory = mkdtempSync(join(tmpdir(), 'parley-pages-'));
    mkdirSync(join(directory, 'assets'));
    writeFileSync(join(directory, 'index.html'), '<p>hello');
    writeFileSync(join(directory, 'assets/a-1234.js'), 'let a');
    const pages = new Pages(directory);
    const asked = (path: string, tag = ''): { found: boolean; status: string; headers: Record<string, string> } => {
      const answer = { found: false, status: '', headers: {} as Record<string, string> };
      const exchange = {
        path,
        header: () => tag,
        send(status: string, headers: Record<string, string>) {
          answer.status = status;
          answer.headers = headers;
        },
      };
      answer.found = pages.answer(exchange as unknown as Exchange);
      return answer;
    };
    const index = asked('/');
    expect(index.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(index.headers['content-security-policy']).toContain("default-src 'self'");
    expect(index.headers['cache-control']).toBe('no-cache');
    expect(asked('/', index.headers.etag).status).toBe('304 Not Modified');
    expect(asked('/assets/a-1234.js').headers['cache-control']).toContain('immutable');
    expect(asked('/../package.json').found).toBe(false);
  });
});
