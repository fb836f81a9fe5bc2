// The HTTP API of a real node: every route, its errors, and the document that describes it.
import { describe, expect, it } from 'vitest';
import { apiRoutes } from '../../../core/gateway/api/routes.ts';
import { signToken } from '../../../core/gateway/auth/dev-tokens.ts';
import type { Node } from '../../../core/host/node.ts';
import { developmentToken, FrameClient, startTestNode } from '../../_util/test-node.ts';

type Json = Record<string, unknown>;

class Api {
  private readonly node: Node;
  private readonly token: string;

  constructor(node: Node, token: string) {
    this.node = node;
    this.token = token;
  }

  static async as(node: Node, name: string): Promise<Api> {
    return new Api(node, await developmentToken(node, name));
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<{ status: number; body: Json }> {
    const response = await fetch(`${this.node.url}v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Json };
  }
}

async function pair(node: Node): Promise<{ ann: Api; bob: Api; id: string; annId: number; bobId: number }> {
  const ann = await Api.as(node, 'ann');
  const bob = await Api.as(node, 'bob');
  const annId = (await ann.call('GET', 'me')).body.id as number;
  const bobId = (await bob.call('GET', 'me')).body.id as number;
  return { ann, bob, annId, bobId, id: `${Math.min(annId, bobId)}-${Math.max(annId, bobId)}` };
}

describe('messages', () => {
  it('are sent once under one key, read in both directions, edited and deleted', async () => {
    const node = await startTestNode();
    const { ann, bob, annId, id } = await pair(node);
    const first = await ann.call('POST', `conversations/${id}/messages`, { body: 'one' }, { 'idempotency-key': 'k1' });
    expect(first).toEqual({ status: 201, body: { conversation: id, seq: 1 } });
    expect(await ann.call('POST', `conversations/${id}/messages`, { body: 'one' }, { 'idempotency-key': 'k1' })).toEqual(first);
    for (const n of [2, 3]) await bob.call('POST', `conversations/${id}/messages`, { body: `nr ${n}` }, { 'idempotency-key': `k${n}` });
    const newest = await ann.call('GET', `conversations/${id}/messages?limit=2`);
    expect(newest.body).toMatchObject({ headSeq: 3, more: true, events: [{ seq: 2 }, { seq: 3, body: 'nr 3' }] });
    const older = await ann.call('GET', `conversations/${id}/messages?before=2`);
    expect(older.body).toMatchObject({ more: false, events: [{ seq: 1, body: 'one', author: annId, kind: 'message' }] });
    expect((await ann.call('GET', `conversations/${id}/messages?after=1&limit=1`)).body).toMatchObject({
      more: true,
      events: [{ seq: 2 }],
    });
    expect(await ann.call('PATCH', `conversations/${id}/messages/1`, { body: 'uno' })).toMatchObject({ status: 200, body: { seq: 4 } });
    expect(await bob.call('PATCH', `conversations/${id}/messages/1`, { body: 'no' })).toMatchObject({
      status: 403,
      body: { code: 'notAuthor' },
    });
    expect(await bob.call('DELETE', `conversations/${id}/messages/2`)).toMatchObject({ status: 200 });
    const now = await ann.call('GET', `conversations/${id}/messages?before=3`);
    expect(now.body.events).toMatchObject([
      { seq: 1, body: 'uno' },
      { seq: 2, body: '', deleted: true },
    ]);
  });

  it('take own numbers, and say which one is due', async () => {
    const node = await startTestNode();
    const { ann, id } = await pair(node);
    const numbers = { senderId: '18446744073709551615', sendId: '12345678901234567890' };
    const send = (clientSeq: number) => ann.call('POST', `conversations/${id}/messages`, { body: 'x', clientSeq, ...numbers });
    expect(await send(1)).toMatchObject({ status: 201, body: { seq: 1 } });
    expect(await send(1)).toMatchObject({ status: 201, body: { seq: 1 } });
    expect(await send(3)).toMatchObject({ status: 409, body: { code: 'gap', expected: 2 } });
    const conflict = { body: 'other', clientSeq: 1, senderId: numbers.senderId, sendId: '1' };
    expect(await ann.call('POST', `conversations/${id}/messages`, conflict)).toMatchObject({
      status: 409,
      body: { code: 'counterConflict' },
    });
  });

  it('reach a live session, and do not reach who blocks', async () => {
    const node = await startTestNode();
    const { ann, bob, id } = await pair(node);
    const live = await FrameClient.login(node, 'bob');
    await ann.call('POST', `conversations/${id}/messages`, { body: 'hello' }, { 'idempotency-key': 'a' });
    expect((await live.expect('event')).seq).toBe(1);
    expect(await bob.call('PUT', `conversations/${id}/block`, { blocked: true })).toMatchObject({ status: 200 });
    expect(await ann.call('POST', `conversations/${id}/messages`, { body: 'hello?' }, { 'idempotency-key': 'b' })).toMatchObject({
      status: 403,
      body: { code: 'blocked', status: 403, type: 'urn:parley:problem:blocked' },
    });
    await bob.call('PUT', `conversations/${id}/block`, { blocked: false });
    expect(await ann.call('POST', `conversations/${id}/messages`, { body: 'hello!' }, { 'idempotency-key': 'c' })).toMatchObject({
      status: 201,
    });
  });

  it.each([
    ['no key and no numbers', 'POST', 'conversations/ID/messages', { body: 'x' }, {}, 400, 'badRequest'],
    ['a body that is no text', 'POST', 'conversations/ID/messages', { body: 7 }, { 'idempotency-key': 'k' }, 400, 'badRequest'],
    ['an empty text', 'POST', 'conversations/ID/messages', { body: '' }, { 'idempotency-key': 'k' }, 400, 'badSend'],
    ['a long text', 'POST', 'conversations/ID/messages', { body: 'x'.repeat(9_000) }, { 'idempotency-key': 'k' }, 413, 'tooLarge'],
    ['others', 'POST', 'conversations/1-2/messages', { body: 'x' }, { 'idempotency-key': 'k' }, 403, 'notMember'],
    ['a group', 'POST', 'conversations/g7/messages', { body: 'x' }, { 'idempotency-key': 'k' }, 501, 'unsupported'],
    ['no conversation', 'POST', 'conversations/2-1/messages', { body: 'x' }, { 'idempotency-key': 'k' }, 400, 'badRequest'],
    ['history of others', 'GET', 'conversations/1-2/messages', undefined, {}, 403, 'notMember'],
    ['both directions', 'GET', 'conversations/ID/messages?before=1&after=1', undefined, {}, 400, 'badRequest'],
    ['a limit that is none', 'GET', 'conversations/ID/messages?limit=many', undefined, {}, 400, 'badRequest'],
    ['an unknown user', 'GET', 'users/12345', undefined, {}, 404, 'noSuchUser'],
    ['an unknown path', 'GET', 'nothing', undefined, {}, 404, 'notFound'],
    ['another method', 'POST', 'me', {}, {}, 405, 'methodNotAllowed'],
    ['no administrator', 'POST', 'admin/end-sessions', { user: 1 }, {}, 404, 'notFound'],
  ])('are refused with a problem: %s', async (_name, method, path, body, headers, status, code) => {
    const node = await startTestNode();
    const { ann, id } = await pair(node);
    const answer = await ann.call(method, path.replace('ID', id), body, headers);
    expect(answer).toMatchObject({ status, body: { status, code } });
  });

  it('want a token', async () => {
    const node = await startTestNode();
    const missing = await fetch(`${node.url}v1/me`);
    expect(missing.status).toBe(401);
    expect(missing.headers.get('content-type')).toBe('application/problem+json');
    expect((await new Api(node, 'rubbish').call('GET', 'me')).body).toMatchObject({ code: 'tokenInvalid' });
  });
});

describe('lists and users', () => {
  it('shows conversations with names, unread counts and the last event', async () => {
    const node = await startTestNode();
    const { ann, bob, id, annId } = await pair(node);
    await ann.call('POST', `conversations/${id}/messages`, { body: 'one' }, { 'idempotency-key': '1' });
    await ann.call('POST', `conversations/${id}/messages`, { body: 'two' }, { 'idempotency-key': '2' });
    const list = await bob.call('GET', 'conversations');
    expect(list.body).toMatchObject({
      more: false,
      conversations: [{ id, peer: { id: annId, name: 'ann' }, unread: 2, lastSeq: 2, lastEvent: { body: 'two' }, blocked: false }],
    });
  });

  it('finds a person by name and by id', async () => {
    const node = await startTestNode();
    const { ann, bobId } = await pair(node);
    expect((await ann.call('GET', 'users?name=bob')).body).toEqual({ users: [{ id: bobId, name: 'bob' }] });
    expect((await ann.call('GET', 'users?name=nobody')).body).toEqual({ users: [] });
    expect((await ann.call('GET', `users/${bobId}`)).body).toEqual({ id: bobId, name: 'bob' });
  });

  it('makes users by the administrator where tokens do not', async () => {
    const secret = 's'.repeat(32);
    const node = await startTestNode({ PARLEY_JWT_SECRET: secret, PARLEY_ADMIN_SECRET: 'a-secret-of-the-boss' });
    const { token } = await signToken(new TextEncoder().encode(secret), { name: 'ann', lifetimeMs: 60_000 });
    const ann = new Api(node, token);
    const boss = new Api(node, 'a-secret-of-the-boss');
    expect(await ann.call('GET', 'me')).toMatchObject({
      status: 401,
      body: { code: 'tokenInvalid', detail: 'no user has the name of this token' },
    });
    expect((await ann.call('POST', 'admin/users', { name: 'ann' })).status).toBe(401);
    const made = await boss.call('POST', 'admin/users', { name: 'ann' });
    expect(made).toMatchObject({ status: 200, body: { name: 'ann' } });
    expect(await boss.call('POST', 'admin/users', { name: 'ann' })).toEqual(made);
    expect(await ann.call('GET', 'me')).toEqual(made);
    expect((await boss.call('POST', 'admin/users', { name: '' })).status).toBe(400);
  });

  it('ends sessions for the administrator', async () => {
    const node = await startTestNode({ PARLEY_ADMIN_SECRET: 'a-secret-of-the-boss' });
    const live = await FrameClient.login(node, 'ann');
    const order = { user: live.user, issuedBefore: Date.now() + 10_000 };
    expect((await new Api(node, 'a-guess').call('POST', 'admin/end-sessions', order)).status).toBe(401);
    expect(await new Api(node, 'a-secret-of-the-boss').call('POST', 'admin/end-sessions', order)).toEqual({ status: 202, body: order });
    expect(await live.socket.closed()).toBe(4407);
  });
});

describe('the document', () => {
  it('describes every route, and only those', async () => {
    const node = await startTestNode();
    const document = (await (await fetch(`${node.url}v1/openapi.json`)).json()) as { openapi: string; paths: Record<string, Json> };
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    const routes = apiRoutes({ developmentSecret: null, version: '0' }).map((route) => `${route.method} ${route.path}`);
    expect(document.openapi).toBe('3.1.0');
    expect(described.sort()).toEqual(routes.sort());
  });

  it('says what the answers of a real node are', async () => {
    const node = await startTestNode();
    const { ann, id } = await pair(node);
    await ann.call('POST', `conversations/${id}/messages`, { body: 'one' }, { 'idempotency-key': '1' });
    const paths = [
      ['/v1/me', 'me'],
      ['/v1/conversations', 'conversations'],
      ['/v1/conversations/{id}/messages', `conversations/${id}/messages`],
      ['/v1/config', 'config'],
    ] as const;
    for (const [pattern, path] of paths) {
      const route = apiRoutes({ developmentSecret: null, version: '0' }).find((entry) => entry.path === pattern && entry.method === 'get');
      const parsed = route?.answerSchema.safeParse((await ann.call('GET', path)).body);
      expect(parsed?.error, path).toBeUndefined();
      expect(parsed?.success).toBe(true);
    }
  });
});
