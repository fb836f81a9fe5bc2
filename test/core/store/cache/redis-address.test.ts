// Goal: addresses of Redis mean what people expect, and a wrong one is refused in words, without its password.
import { expect, it } from 'vitest';
import { describeRedis, readRedisAddress } from '../../../../core/store/cache/redis/redis-address.ts';

const plain = { kind: 'single', tls: false, username: '', password: '', db: 0, name: '' };

it.each([
  ['redis://localhost', { ...plain, hosts: [{ host: 'localhost', port: 6379 }] }],
  ['redis://:p%40ss@10.0.0.1:7000/3', { ...plain, hosts: [{ host: '10.0.0.1', port: 7000 }], password: 'p@ss', db: 3 }],
  ['rediss://me:secret@cache/', { ...plain, tls: true, username: 'me', password: 'secret', hosts: [{ host: 'cache', port: 6379 }] }],
  ['redis://[::1]:6380', { ...plain, hosts: [{ host: '::1', port: 6380 }] }],
  [
    'redis://:x@a:1,redis://:x@b:2',
    {
      ...plain,
      kind: 'cluster',
      password: 'x',
      hosts: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
    },
  ],
  [
    'redis+sentinel://s1,s2:5000/mymaster/2',
    {
      ...plain,
      kind: 'sentinel',
      name: 'mymaster',
      db: 2,
      hosts: [
        { host: 's1', port: 26379 },
        { host: 's2', port: 5000 },
      ],
    },
  ],
])('reads %s', (text, expected) => {
  expect(readRedisAddress(text)).toEqual(expected);
});

it.each([
  'localhost:6379',
  'http://localhost',
  'redis://',
  'redis://a:99999',
  'redis://a/x',
  'redis://a,b',
  'redis://a/1,redis://b/1',
  'redis://:hidden@a,redis://b',
  'redis+sentinel://a,b',
  'redis+sentinel://a/m,redis+sentinel://b/m',
  'redis://:%@a',
])('refuses %s', (text) => {
  expect(() => readRedisAddress(text)).toThrow(TypeError);
  expect(() => readRedisAddress(text)).not.toThrow(/hidden/);
});

it('is told without the password', () => {
  expect(describeRedis(readRedisAddress('redis+sentinel://me:secret@a,b:1/m'))).toBe('"m" of the sentinels a:26379, b:1');
});
