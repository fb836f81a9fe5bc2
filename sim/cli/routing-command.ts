/** `parley sim routing`: where the users of a full fleet lie, how even nodes are loaded, and what moves when nodes come and go. */
import { type FleetReport, runFleet } from '../routing/fleet.ts';
import { countUsers, partitionsOf, type Spread, spreadOf } from '../routing/users.ts';
import { ArgumentError, type Io, readArguments } from './args.ts';
import { ExitCode } from './exit-code.ts';

const usersDefault = 500_000_000;
const nodesDefault = 300;
const sizes = [1, 2, 3, 7, 10, 30, 60, 100, 200, 300];
/** What a fleet this size must keep to: a partition's share of users is even, a change moves hardly more than it must. */
const movedOverNeededMax = 1.2;
const usersOverMeanMax = 1.5;

export function routingCommand(args: readonly string[], io: Io): Promise<number> {
  const { numbers, flags } = readArguments(args, { users: 'number', nodes: 'number', seed: 'number', json: 'flag' });
  const users = numbers.get('users') ?? usersDefault;
  const nodes = numbers.get('nodes') ?? nodesDefault;
  if (users < 1 || nodes < 1 || nodes > 900) throw new ArgumentError('routing takes at least one user and 1 to 900 nodes');
  const startedMs = performance.now();
  if (!flags.has('json')) io.err(`counting ${users} users…\n`);
  const slots = countUsers(users);
  const partitions = partitionsOf(slots);
  const fleet = runFleet(partitions, [...new Set([...sizes, nodes])], nodes, numbers.get('seed') ?? 1);
  const slotSpread = spreadOf(slots);
  const partitionSpread = spreadOf(partitions);
  const wallSeconds = Math.round((performance.now() - startedMs) / 100) / 10;
  const holds = [fleet.growth, fleet.restarts, fleet.shrinking].every((movement) => movement.movedOverNeeded <= movedOverNeededMax);
  const even = fleet.balance.every((balance) => balance.users.mostOverMean <= usersOverMeanMax);
  if (flags.has('json')) {
    io.out(`${JSON.stringify({ users, nodes, partitions: partitionSpread, slots: slotSpread, ...fleet, wallSeconds })}\n`);
  } else {
    print(io, partitionSpread, slotSpread, fleet);
    io.out(`${users} users, up to ${nodes} nodes, ${wallSeconds} s\n`);
  }
  return Promise.resolve(holds && even ? ExitCode.ok : ExitCode.safety);
}

function print(io: Io, partitions: Spread, slots: Spread, fleet: FleetReport): void {
  io.out(`users a partition  ${textOf(partitions)}\nusers a slot       ${textOf(slots)}\n`);
  for (const { nodes, partitions: load, users } of fleet.balance) {
    io.out(
      `${String(nodes).padStart(4)} nodes: ${load.least} to ${load.most} partitions, busiest has ${users.mostOverMean} times the mean of users\n`,
    );
  }
  for (const [name, movement] of Object.entries({ growth: fleet.growth, restarts: fleet.restarts, shrinking: fleet.shrinking })) {
    const { changes, movedOverNeeded, worstExtra } = movement;
    io.out(`${name}: ${changes} changes, ${movedOverNeeded} times what had to move; worst change ${worstExtra} partitions more\n`);
  }
}

function textOf(spread: Spread): string {
  return `least ${spread.least}, mean ${spread.mean}, most ${spread.most} (${spread.mostOverMean} times the mean)`;
}
