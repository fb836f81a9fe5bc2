/** `parley token NAME`: signs a token, so that a person with the key can try the API without an identity provider. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { developmentSecret, developmentSecretFile, signToken } from '../gateway/auth/dev-tokens.ts';
import { readConfig } from '../host/config.ts';
import { StartError } from '../host/errors.ts';
import { defaultLimits } from '../protocol/limits.ts';
import { type Command, ExitCode, out, startFailure, usage } from './command.ts';

const help = `parley token: signs a token for a user's name and prints it

  parley token NAME [--hours N] [--data DIR] [--json]
      NAME        the user, a name of at most ${defaultLimits.nameBytesMax} bytes
      --hours N   good for so long [12]
      --data DIR  data directory of a node in development mode [PARLEY_DATA or ./data]
      --json      prints {"token": …, "expiresAt": ms since 1970}

With PARLEY_JWT_SECRET (or PARLEY_JWT_SECRETS: the first of them) set it signs as a node with that secret wants it, with the issuer
and audience of PARLEY_JWT_ISSUER and PARLEY_JWT_AUDIENCE. Without, it takes the development secret of the data directory.

  curl -H "authorization: Bearer $(parley token ada)" http://127.0.0.1:8080/v1/me
`;

const hoursMax = 24 * 365;

export const tokenCommand: Command = { name: 'token', summary: 'sign a token for a user, to try the API', run: token };

async function token(args: readonly string[]): Promise<number> {
  let parsed: ReturnType<typeof readArguments>;
  try {
    parsed = readArguments(args);
  } catch (error) {
    return usage('token', error instanceof Error ? error.message : String(error), help);
  }
  const { values, positionals } = parsed;
  if (values.help === true) {
    out(help);
    return ExitCode.ok;
  }
  const [name] = positionals;
  const hours = Number(values.hours);
  if (name === undefined || name === '' || positionals.length > 1) return usage('token', 'one NAME is needed', help);
  if (Buffer.byteLength(name) > defaultLimits.nameBytesMax)
    return usage('token', `NAME has more than ${defaultLimits.nameBytesMax} bytes`, help);
  if (!(hours > 0 && hours <= hoursMax)) return usage('token', `--hours must be a number up to ${hoursMax}`, help);
  try {
    const config = readConfig(process.env, values.data === undefined ? {} : { data: values.data });
    const signed = await signToken(secretOf(config.jwtSecrets, resolve(config.data)), {
      name,
      lifetimeMs: hours * 3_600_000,
      issuer: config.jwtIssuer,
      audience: config.jwtAudience,
    });
    out(values.json === true ? `${JSON.stringify(signed)}\n` : `${signed.token}\n`);
    return ExitCode.ok;
  } catch (error) {
    return startFailure('token', error);
  }
}

function readArguments(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      hours: { type: 'string', default: '12' },
      data: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

function secretOf(secrets: readonly string[], directory: string): Uint8Array {
  const [first] = secrets;
  if (first !== undefined) return new TextEncoder().encode(first);
  if (!existsSync(join(directory, developmentSecretFile))) {
    throw new StartError(
      `no secret: set PARLEY_JWT_SECRET, or name the data directory of a node that ran in development mode (${directory} is none)`,
    );
  }
  return developmentSecret(directory);
}
