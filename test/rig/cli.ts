/** `npm run rig -- start|stop|status|kill|begin|pause|go-on … [--json]`: a real HBase, see `help`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareArtifacts, RigError } from './artifacts.ts';
import { Rig } from './rig.ts';

const help = `npm run rig -- start [--servers N] [--keep] [--warm]   one process with two region servers, or N of their own
                     [--copies N]                      with --servers: over HDFS with N datanodes, N copies of each block
npm run rig -- start --redis … | start --only redis    a Redis beside it, or nothing but a Redis, on a free port
npm run rig -- stop [--kill]                           in order, or as a crash
npm run rig -- status                                  what runs
npm run rig -- kill NAME | begin NAME                  kill -9 of zookeeper, master, server-1 …, datanode-1 …, redis, and its return
npm run rig -- class-path                              the Java program and the jars of HBase, for other Java programs
npm run rig -- pause NAME | go-on NAME                 SIGSTOP and SIGCONT of one
--keep: go on with the data that is there; --warm: the JVM's better compiler, for benchmarks; --json: one object as the last line
PARLEY_RIG_PORT (21810) is ZooKeeper's port, the master has the next; data lies in PARLEY_RIG_DIRECTORY (tmp/rig).
`;

const actions = ['start', 'stop', 'status', 'class-path', 'kill', 'begin', 'pause', 'go-on'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    servers: { type: 'string' },
    copies: { type: 'string' },
    keep: { type: 'boolean' },
    warm: { type: 'boolean' },
    redis: { type: 'boolean' },
    only: { type: 'string' },
    kill: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});
const top = resolve(import.meta.dirname, '../../..');
const rig = new Rig(top, say);
const begun = performance.now();
process.exitCode = await run(positionals[0]);

async function run(action: string | undefined): Promise<number> {
  if (values.help === true || action === undefined || !actions.includes(action)) {
    process.stderr.write(help);
    return values.help === true ? 0 : 2;
  }
  try {
    if (action === 'class-path') {
      process.stdout.write(`${JSON.stringify(await prepareArtifacts(top, say))}\n`);
      return 0;
    }
    if (action === 'start') {
      if (values.only !== undefined && values.only !== 'redis') throw new RigError('--only redis is the one way to start a part');
      const redis = values.only === 'redis' ? 'alone' : values.redis === true ? 'beside' : undefined;
      const servers = values.servers === undefined ? {} : { servers: Number(values.servers) };
      const copies = values.copies === undefined ? {} : { copies: Number(values.copies) };
      const others = { keep: values.keep === true, warm: values.warm === true };
      await rig.start({ ...servers, ...copies, ...others, ...(redis === undefined ? {} : { redis }) });
    }
    const name = positionals[1] ?? '';
    if (action === 'kill') await rig.kill(name);
    if (action === 'begin') await rig.begin(name);
    if (action === 'pause') rig.pause(name);
    if (action === 'go-on') rig.goOn(name);
    if (action === 'stop') await rig.stop(values.kill === true);
  } catch (error) {
    if (!(error instanceof RigError)) throw error;
    process.stderr.write(`rig: ${error.message}\n`);
    return 1;
  }
  const state = rig.state();
  const seconds = Math.round((performance.now() - begun) / 100) / 10;
  if (values.json === true) process.stdout.write(`${JSON.stringify({ ...state, seconds })}\n`);
  else process.stdout.write(`${state.state} (${describe()}), ${seconds} s\n`);
  // The others begin or end one process, or none.
  if (action !== 'start' && action !== 'stop') return 0;
  return state.state === (action === 'stop' ? 'stopped' : 'running') ? 0 : 1;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function describe(): string {
  const { mode, quorum, masters, redis } = rig.state();
  const parts = mode === 'none' ? [] : [`${mode}, quorum ${quorum}, masters ${masters}`];
  if (redis !== '') parts.push(`Redis ${redis}`);
  return parts.join('; ');
}
