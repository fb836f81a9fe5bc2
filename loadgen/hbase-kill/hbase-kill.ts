/** `npm run test:hbase-kill`: see `help`. */
import { rig } from '../../sim/cli/rig-store.ts';
import { wordsOrExit } from '../../sim/cli/words.ts';
import { runCommand } from '../kill/run-command.ts';
import { runCampaign } from './campaign.ts';
import { type FaultKind, faultKinds, parseFaults } from './fault-plan.ts';
import { hbaseKillMutants } from './hbase-kill-mutants.ts';
import { campaignLimits as limits } from './limits.ts';

const kindLines = Object.entries(faultKinds).map(([kind, what]) => `    ${kind.padEnd(10)} ${what}`);
const help = `npm run test:hbase-kill -- [options]: a Parley node on a real HBase under open traffic, one fault after the other

HBase is the rig's (npm run rig), with ZooKeeper, master and ${limits.servers} region servers in processes of their own; the node is the built
program with --store hbase. Clients (the real client session over the raw stream door, some with an outbox in a file, which are killed, too)
write so many messages a second, whatever happens: new ones, edits, deletions, reads. In the end traffic stops, new devices log in, everything
comes to rest, and the logs are read back from the tables. The checkers of the simulator judge the recorded history.

  --kills N       how many faults [4]; every second one is the death of a region server
  --faults LIST   only these kinds, a comma between [all but those that must be named]:
${kindLines.join('\n')}
  --copies N      HBase over HDFS with N datanodes and N copies of each block [0: files of this machine, one copy]
  --rate N        messages a second, open model [${limits.rateDefault}]
  --seed S        of the faults, their instants, and who writes what to whom [1]; even: the node finds HBase by ZooKeeper, odd: by its servers
  --history FILE  where the history goes (NDJSON, PROTOCOL.md); "npx parley sim check FILE" judges it again
  --mutant NAME   the node with a planted fault, which must be found: ${hbaseKillMutants.map(({ name }) => name).join(', ')}
  --json          one JSON object as the last line
  --help

recoverP50Ms and recoverWorstMs: the longest that a sender waited for an outcome, from the fault on; also by kind. Exit codes: 0 nothing was lost,
doubled or reordered, and everything came to rest · 1 something is wrong (it is said in words; the directory with the history is kept) · 2 wrong
arguments
`;

const words = wordsOrExit(help, {
  kills: 4,
  faults: '',
  copies: '0',
  rate: limits.rateDefault,
  seed: 1,
  history: '',
  mutant: '',
  json: false,
});
const copies = Number(words.copies);
const kinds = parseFaults(words.faults, copies);
const mutant = hbaseKillMutants.find(({ name }) => name === words.mutant);
if (!/^[0-9]$/.test(words.copies)) wrong(`--copies is a number from 0 to 9, not "${words.copies}"`);
else if (typeof kinds === 'string') wrong(`there is no fault "${kinds}"${copies === 0 ? ' without --copies' : ''}`);
else if (mutant === undefined && words.mutant !== '') wrong(`there is no mutant "${words.mutant}"`);
else process.exit(await main(kinds));

async function main(wanted: readonly FaultKind[]): Promise<number> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void endRig());
  const { kills, seed, rate: ratePerSecond, history, json } = words;
  return runCommand({ prefix: 'parley-hbase-kill-', holds: "clients' files", history, mutant, json }, (place) =>
    runCampaign({ kills, kinds: wanted, copies, seed, ratePerSecond, ...place }),
  );
}

/** HBase's processes are the rig's, not children: they must not outlive a run that is broken off. */
async function endRig(): Promise<void> {
  await rig('stop', '--kill');
  process.exit(1);
}

function wrong(what: string): void {
  process.stderr.write(`test:hbase-kill: ${what}\n\n${help}`);
  process.exitCode = 2;
}
