// The configuration: defaults, flags over variables, and errors that say what to do.
import { describe, expect, it } from 'vitest';
import { describeOptions, options, readConfig } from '../../../core/host/config.ts';
import { connectionsAllowed, openFilesMax } from '../../../core/host/open-files.ts';

describe('configuration', () => {
  it('has defaults that need nothing', () => {
    expect(readConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      store: 'embedded',
      data: './data',
      streamPort: -1,
      jwtSecrets: [],
    });
  });

  it('takes variables, and flags over them', () => {
    const config = readConfig({ PARLEY_PORT: '1', PARLEY_ORIGINS: 'https://a, https://b' }, { port: '2' });
    expect(config).toMatchObject({ port: 2, origins: ['https://a', 'https://b'] });
  });

  it('takes one secret or several', () => {
    const [one, two] = ['1'.repeat(32), '2'.repeat(32)];
    expect(readConfig({ PARLEY_JWT_SECRET: one, PARLEY_JWT_SECRETS: two }).jwtSecrets).toEqual([one, two]);
  });

  it('makes users of new names in development mode only, unless it is told', () => {
    const key = { PARLEY_JWT_SECRET: 's'.repeat(32) };
    expect(readConfig({})).toMatchObject({ development: true, createUsers: true });
    expect(readConfig(key)).toMatchObject({ development: false, createUsers: false });
    expect(readConfig({ PARLEY_JWKS: 'keys.json' })).toMatchObject({ development: false, createUsers: false });
    expect(readConfig({ ...key, PARLEY_CREATE_USERS: 'true' }).createUsers).toBe(true);
    expect(readConfig({ PARLEY_CREATE_USERS: 'false' })).toMatchObject({ development: true, createUsers: false });
  });

  it.each([
    [{ PARLEY_CREATE_USERS: 'yes' }, /PARLEY_CREATE_USERS is "yes": must be true, false or auto/],
    [{ PARLEY_PORT: 'http' }, /PARLEY_PORT is "http": must be a port/],
    [{ PARLEY_PORT: '70000' }, /must be a port/],
    [{ PARLEY_STORE: 'redis' }, /must be embedded, memory or hbase/],
    [{ PARLEY_HBASE_PREFIX: 'a-b' }, /must be letters, digits and _/],
    [{ PARLEY_JWT_SECRET: 'short' }, /fewer than 32 bytes/],
    [{ PARLEY_ADMIN_SECRET: 'short' }, /16 characters/],
    [{ PARLEY_ADMIN_SECRET: 'long but with spaces' }, /none of them a space/],
    [{ PARLEY_LOG: 'loud' }, /PARLEY_LOG is "loud"/],
  ])('says what is wrong: %o', (environment, message) => {
    expect(() => readConfig(environment)).toThrow(message);
  });

  it('describes every option', () => {
    for (const option of Object.values(options)) expect(describeOptions()).toContain(option.variable);
  });

  it('leaves files for the store', () => {
    expect(connectionsAllowed(0)).toBeLessThan(openFilesMax());
    expect(connectionsAllowed(5)).toBe(5);
  });
});
