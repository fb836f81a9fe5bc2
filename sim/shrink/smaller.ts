/** Smaller worlds: fewer users, devices and tabs, shorter durations, shorter texts. */
import type { Fault } from '../faults/fault.ts';
import type { Scenario } from '../scenario.ts';

/** Fewer nodes; a user without devices does nothing, and indices of the others stay. */
export function* fewerUsers(scenario: Scenario): Iterable<Scenario> {
  const { users, nodes } = scenario;
  for (const fewer of [1, nodes - 1]) if (fewer > 0 && fewer < nodes) yield onNodes(scenario, fewer);
  for (const [user, devices] of users.entries()) {
    if (devices.length > 0) yield { ...scenario, users: users.with(user, []) };
    if (devices.length > 1) yield { ...scenario, users: users.with(user, devices.slice(0, -1)) };
    const many = devices.findIndex((tabs) => tabs > 1);
    if (many >= 0) yield { ...scenario, users: users.with(user, devices.with(many, devices[many] - 1)) };
  }
}

function onNodes(scenario: Scenario, nodes: number): Scenario {
  const isThere = (fault: Fault): boolean => !('node' in fault && fault.node >= nodes) && !('other' in fault && fault.other >= nodes);
  return { ...scenario, nodes, faults: scenario.faults.filter(isThere) };
}

/** Durations by half, the whole run no longer than needed, texts of one word. */
export function* shorter(scenario: Scenario): Iterable<Scenario> {
  const { faults, commands } = scenario;
  const endUs = 1_000_000 + Math.max(0, ...faults.map(({ atUs }) => atUs), ...commands.map(({ atUs }) => atUs));
  if (endUs < scenario.faultsUs) yield { ...scenario, faultsUs: endUs };
  for (const [index, fault] of faults.entries()) {
    const half = halved(fault);
    if (half !== undefined) yield { ...scenario, faults: faults.with(index, half) };
  }
  const long = commands.findIndex(({ text }) => text.includes(' '));
  if (long >= 0) yield { ...scenario, commands: commands.with(long, { ...commands[long], text: commands[long].text.split(' ')[0] }) };
}

/** Durations below this are short enough. */
const shortUs = 20_000;

function halved(fault: Fault): Fault | undefined {
  if ('forUs' in fault && fault.forUs > shortUs) return { ...fault, forUs: fault.forUs >> 1 };
  if ('restartUs' in fault && fault.restartUs > shortUs) return { ...fault, restartUs: fault.restartUs >> 1 };
  return undefined;
}
