/** `parley failed list|replay`: the failed-request log of a running node, through its administrator's door. */
import { parseArgs } from 'node:util';
import { type Command, ExitCode, err, out, usage } from './command.ts';
import { suggest } from './suggest.ts';

const help = `parley failed: sends by HTTP that found the store down, kept on the disk of a node with --store hbase

  parley failed list   [--url URL] [--json]   what waits: id, time, user, conversation, bytes
  parley failed replay [--url URL] [--json]   sends all again now, in their order; a node does so by itself once its store is back
      --url URL  the node [http://127.0.0.1:8080]; PARLEY_ADMIN_SECRET must be its administrator's secret

Exit codes: 0 done (replay: and nothing is left) · 1 not (the reason is printed) · 2 wrong arguments
`;

const actions = ['list', 'replay'];

interface Waiting {
  readonly id: number;
  readonly at: number;
  readonly user: string;
  readonly conversation: string;
  readonly bytes: number;
}

interface Replayed {
  readonly accepted: number;
  readonly ended: number;
  readonly left: number;
}

export const failedCommand: Command = {
  name: 'failed',
  summary: 'what found the store down and waits to be sent again',
  run: failed,
};

async function failed(args: readonly string[]): Promise<number> {
  let parsed: ReturnType<typeof readArguments>;
  try {
    parsed = readArguments(args);
  } catch (error) {
    return usage('failed', error instanceof Error ? error.message : String(error), help);
  }
  const { values, positionals } = parsed;
  if (values.help === true) {
    out(help);
    return ExitCode.ok;
  }
  const [action] = positionals;
  if (positionals.length !== 1 || !actions.includes(action)) {
    const meant = suggest(action ?? '', actions);
    return usage('failed', `list or replay?${meant === '' ? '' : ` did you mean "parley failed ${meant}"?`}`, help);
  }
  const secret = process.env.PARLEY_ADMIN_SECRET ?? '';
  if (secret === '') return usage('failed', 'PARLEY_ADMIN_SECRET is not set', help);
  try {
    const node = new AdminDoor(values.url, secret);
    return await (action === 'list' ? list(node, values.json === true) : replay(node, values.json === true));
  } catch (error) {
    if (!(error instanceof DoorError)) throw error;
    err(`parley failed: ${error.message}\n`);
    return ExitCode.failed;
  }
}

function readArguments(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      url: { type: 'string', default: 'http://127.0.0.1:8080' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

async function list(node: AdminDoor, isJson: boolean): Promise<number> {
  const requests: Waiting[] = [];
  for (;;) {
    const page = (await node.ask('GET', `v1/admin/failed-requests?after=${requests.at(-1)?.id ?? 0}`)) as { requests: Waiting[] };
    if (page.requests.length === 0) break;
    requests.push(...page.requests);
  }
  if (isJson) out(`${JSON.stringify({ requests })}\n`);
  else {
    for (const { id, at, user, conversation, bytes } of requests)
      out(`${id} ${new Date(at).toISOString()} ${user} ${conversation} ${bytes} bytes\n`);
    out(`${requests.length} waiting\n`);
  }
  return ExitCode.ok;
}

async function replay(node: AdminDoor, isJson: boolean): Promise<number> {
  const result = (await node.ask('POST', 'v1/admin/failed-requests/replay')) as Replayed;
  if (isJson) out(`${JSON.stringify(result)}\n`);
  else out(`${result.accepted} accepted, ${result.ended} ended without an event, ${result.left} left\n`);
  return result.left === 0 ? ExitCode.ok : ExitCode.failed;
}

/** The node could not be asked, or it refused; says why. */
class DoorError extends Error {}

class AdminDoor {
  private readonly url: string;
  private readonly secret: string;

  constructor(url: string, secret: string) {
    this.url = url.endsWith('/') ? url : `${url}/`;
    this.secret = secret;
  }

  async ask(method: string, path: string): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(`${this.url}${path}`, { method, headers: { authorization: `Bearer ${this.secret}` } });
    } catch {
      throw new DoorError(`no node answers at ${this.url}: name it with --url`);
    }
    const answer = (await response.json().catch(() => ({}))) as { detail?: string };
    if (!response.ok) throw new DoorError(answer.detail ?? `${this.url} answered ${response.status}`);
    return answer;
  }
}
