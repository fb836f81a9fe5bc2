/** Sign-in of a server in development mode. */
import { ParleyError } from './errors.ts';

type FetchJson = (
  url: string,
  init: { method: string; headers: Record<string, string>; body: string },
) => Promise<{ readonly status: number; json(): Promise<unknown> }>;

/** See `DevelopmentToken` in api.ts. */
export async function askDevelopmentToken(fetchJson: FetchJson, url: string, name: string): Promise<string> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name }) };
  let answer: Awaited<ReturnType<FetchJson>>;
  try {
    answer = await fetchJson(`${url.replace(/\/$/, '')}/v1/dev/token`, init);
  } catch (cause) {
    throw new ParleyError('unavailable', 'the server does not answer', 0, { cause });
  }
  if (answer.status === 404) throw new ParleyError('unsupported', 'the server is not in development mode');
  if (answer.status >= 500) throw new ParleyError('unavailable', `the server answered ${answer.status}`);
  const body = await answer.json();
  if (answer.status === 200 && typeof body === 'object' && body !== null && 'token' in body) return String(body.token);
  throw new ParleyError('badSend', `the server does not take this name (${answer.status})`);
}
