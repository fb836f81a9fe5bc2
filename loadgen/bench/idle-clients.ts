/**
 * The clients of the idle benchmark, in a process of their own: a process may open only so many files, and server and clients need one a
 * connection each.
 *
 * Started by idle.ts with an IdleTask as its one argument; told over IPC how many connections there shall be.
 */
import { defaultLimits } from '../../core/protocol/limits.ts';
import { IdleSession } from './idle-session.ts';
import { signToken } from './tokens.ts';

export interface IdleTask {
  readonly port: number;
  readonly secret: string;
}

/** Parent to child: so many connections in all. Child to parent: they are there, or why not. */
export type IdleOrder = { readonly connections: number };
export type IdleAnswer = { readonly live: number; readonly trouble: string };

const connectingMax = 200;
const loginMsMax = 120_000;
/** One source address has some 28,000 ports. */
const connectionsPerAddress = 10_000;

const task = JSON.parse(process.argv[2] ?? '') as IdleTask;
const sessions: IdleSession[] = [];

process.on('message', (order) => {
  const { connections } = order as IdleOrder;
  openUpTo(connections).then(
    () => answer(''),
    (error: unknown) => answer(error instanceof Error ? error.message : String(error)),
  );
});
process.on('disconnect', () => process.exit(0));
// A tenth of the pings each second or so: never all at once.
setInterval(() => {
  for (const session of sessions) session.pingAfter(defaultLimits.pingMs);
}, 1_000);

async function openUpTo(connections: number): Promise<void> {
  const deadline = performance.now() + loginMsMax;
  while (sessions.length < connections) {
    const group: IdleSession[] = [];
    for (let count = Math.min(connectingMax, connections - sessions.length); count > 0; count--) {
      const user = sessions.length;
      const localAddress = `127.0.0.${2 + Math.floor(user / connectionsPerAddress)}`;
      const session = new IdleSession({ transport: 'websocket', port: task.port, localAddress }, signToken(task.secret, `idle-${user}`));
      sessions.push(session);
      group.push(session);
    }
    for (const session of group) {
      while (session.state === 'connecting' && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 2));
      if (session.state !== 'live') throw new Error(`a client cannot log in: ${session.farewell || 'no answer'}`);
    }
  }
}

function answer(trouble: string): void {
  const live = sessions.filter((session) => session.state === 'live').length;
  const said: IdleAnswer = { live, trouble };
  process.send?.(said);
}
