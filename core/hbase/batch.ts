/**
 * Many actions at once: grouped by server and region, one Multi a server, results by index, only what failed is sent again.
 *
 * An action without an explicit timestamp whose outcome is unknown is not repeated: its error says so.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { backOffMs } from './back-off.ts';
import type { Caller } from './caller.ts';
import { HBaseError, type ServerAddress } from './errors.ts';
import type { OpenLocation } from './locator.ts';
import { type Action, type ActionResult, type Durability, multiCells, readMultiAnswer, writeMulti } from './mutation-messages.ts';

interface Group {
  readonly server: ServerAddress;
  readonly regions: RegionGroup[];
  count: number;
}

interface RegionGroup {
  readonly group: Group;
  readonly location: OpenLocation;
  readonly regionName: Uint8Array;
  readonly actions: { index: number; action: Action }[];
}

export async function sendBatch(
  caller: Caller,
  table: string,
  actions: readonly Action[],
  durability: Durability,
): Promise<ActionResult[]> {
  const results: ActionResult[] = new Array(actions.length);
  const endMs = performance.now() + caller.limits.operationMsMax;
  let open = actions.map((_, index) => index);
  for (let made = 1; open.length > 0; made += 1) {
    const groups = await groupByServer(caller, table, actions, open, results);
    await Promise.all(groups.map((group) => sendGroup(caller, group, durability, Math.max(1, endMs - performance.now()), results)));
    const again = open.filter((index) => isWorthAnother(results[index], actions[index]));
    const waitMs =
      made === 1
        ? 0
        : backOffMs(
            made,
            again.some((index) => isOverloaded(results[index])),
            Math.random(),
            caller.limits,
          );
    if (again.length === 0 || performance.now() + waitMs >= endMs) break;
    open = again;
    if (waitMs > 0) await delay(waitMs);
  }
  return results;
}

/** Actions whose region cannot be found get that error. */
async function groupByServer(
  caller: Caller,
  table: string,
  actions: readonly Action[],
  open: readonly number[],
  results: ActionResult[],
): Promise<Group[]> {
  const groups: Group[] = [];
  const byServer = new Map<string, Group>();
  const byLocation = new Map<OpenLocation, RegionGroup>();
  for (const index of open) {
    const action = actions[index];
    try {
      const location = caller.locator.known(table, action.row) ?? (await caller.locator.locate(table, action.row));
      let region = byLocation.get(location);
      if (region === undefined || region.group.count >= caller.limits.batchActionsMax) {
        const group = groupWithRoom(location.server, byServer, groups, caller.limits.batchActionsMax);
        region = { group, location, regionName: location.regionName, actions: [] };
        group.regions.push(region);
        byLocation.set(location, region);
      }
      region.actions.push({ index, action });
      region.group.count += 1;
    } catch (error) {
      if (!(error instanceof HBaseError)) throw error;
      results[index] = error;
    }
  }
  return groups;
}

function groupWithRoom(server: ServerAddress, byServer: Map<string, Group>, groups: Group[], actionsMax: number): Group {
  const key = `${server.host}:${server.port}`;
  const known = byServer.get(key);
  if (known !== undefined && known.count < actionsMax) return known;
  const made: Group = { server, regions: [], count: 0 };
  byServer.set(key, made);
  groups.push(made);
  return made;
}

async function sendGroup(caller: Caller, group: Group, durability: Durability, leftMs: number, results: ActionResult[]): Promise<void> {
  const { regions } = group;
  const cells = multiCells(regions);
  const call = { method: 'Multi', write: (writer: Parameters<typeof writeMulti>[0]) => writeMulti(writer, regions, durability), cells };
  let found: Map<number, ActionResult>;
  try {
    const answer = await caller.connections.call(group.server, 'ClientService', call, Math.min(leftMs, caller.limits.callMsMax));
    found = readMultiAnswer(answer, regions);
  } catch (error) {
    if (!(error instanceof HBaseError)) throw error;
    for (const { location, actions } of regions) {
      noteFailure(caller, location, error);
      for (const { index } of actions) results[index] = error;
    }
    return;
  }
  for (const { location, actions } of regions) {
    let isNoted = false;
    for (const { index } of actions) {
      const result = found.get(index) ?? new HBaseError('Multi: no answer for this action', { nextStep: 'final' });
      results[index] = result;
      if (result instanceof HBaseError && !isNoted) {
        noteFailure(caller, location, result);
        isNoted = true;
      }
    }
  }
}

function noteFailure(caller: Caller, location: OpenLocation, error: HBaseError): void {
  if (error.nextStep === 'relocate' || error.nextStep === 'serverGone') caller.locator.fail(location, error);
}

function isWorthAnother(result: ActionResult, action: Action): boolean {
  if (!(result instanceof HBaseError) || result.nextStep === 'final') return false;
  return result.applied === 'no' || action.kind === 'get' || action.timestamp !== undefined;
}

function isOverloaded(result: ActionResult): boolean {
  return result instanceof HBaseError && result.overloaded;
}
