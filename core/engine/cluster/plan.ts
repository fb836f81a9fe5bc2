/**
 * The next assignment, from the present one and the nodes' rows: a pure function that the coordinator writes the result of.
 *
 * Method: partitions of lives that are over, or that give everything up, are placed anew. A partition taken from a life that goes on stays
 * `pending` until that life has settled the version that took it (or has ended): until then its new owner claims only what is released.
 */
import { type Assignment, type Member, type NodeRow, NodeStatus, type Pending, sameLife, Takes } from '../../model/cluster-rows.ts';
import { partitionCount } from '../../model/partition.ts';
import { assignPartitions } from './assignment.ts';

/** @returns null: the present assignment still fits. */
export function planAssignment(present: Assignment | null, rows: readonly NodeRow[], term: number): Assignment | null {
  const owning = rows.filter((row) => row.status === NodeStatus.alive && row.takes <= Takes.noneNew).sort((a, b) => a.node - b.node);
  if (owning.length === 0) return null;
  const version = (present?.version ?? 0) + 1;
  const members: Member[] = owning.map(memberOf);
  const owners = assignPartitions(stays(present, members), owning.map(candidateOf));
  keepUnplaced(owners, members, present, rows);
  const pending = present === null ? [] : stillPending(present, owners, members, rows, version);
  const next: Assignment = { term, version, members, owners, pending };
  return present !== null && isSame(present, next) ? null : next;
}

/** Owner of a partition; undefined: nobody. */
export function ownerIn(assignment: Assignment, partition: number): Member | undefined {
  const index = assignment.owners[partition];
  return index < 0 ? undefined : assignment.members[index];
}

/** Where each partition would stay: with its owner, or with that node's new life. */
function stays(present: Assignment | null, members: readonly Member[]): Int16Array {
  const before = new Int16Array(partitionCount).fill(-1);
  if (present === null) return before;
  const place = present.members.map((member) => members.findIndex((other) => other.node === member.node));
  for (let partition = 0; partition < partitionCount; partition++) {
    const owner = present.owners[partition];
    if (owner >= 0) before[partition] = place[owner];
  }
  return before;
}

/** Nobody takes them: they stay with an owner that would rather go, as long as it lives. */
function keepUnplaced(owners: Int16Array, members: Member[], present: Assignment | null, rows: readonly NodeRow[]): void {
  if (present === null) return;
  for (let partition = 0; partition < partitionCount; partition++) {
    const owner = owners[partition] < 0 ? ownerIn(present, partition) : undefined;
    if (owner === undefined || !isAlive(rows, owner)) continue;
    let index = members.findIndex((member) => sameLife(member, owner));
    if (index < 0) index = members.push(owner) - 1;
    owners[partition] = index;
  }
}

function stillPending(
  present: Assignment,
  owners: Int16Array,
  members: readonly Member[],
  rows: readonly NodeRow[],
  version: number,
): Pending[] {
  const isNewOwner = (partition: number, life: Member): boolean => owners[partition] >= 0 && sameLife(members[owners[partition]], life);
  const pending = present.pending.filter((entry) => isOpen(entry, rows) && !isNewOwner(entry.partition, entry.from));
  for (let partition = 0; partition < partitionCount; partition++) {
    const from = ownerIn(present, partition);
    if (from === undefined || isNewOwner(partition, from) || !isAlive(rows, from)) continue;
    pending.push({ partition, from, since: version });
  }
  return pending;
}

/** May the former owner still hold slots? */
function isOpen(entry: Pending, rows: readonly NodeRow[]): boolean {
  const row = rows.find((other) => sameLife(other, entry.from));
  return row !== undefined && row.status === NodeStatus.alive && row.settled < entry.since;
}

function isAlive(rows: readonly NodeRow[], life: Member): boolean {
  return rows.some((row) => sameLife(row, life) && row.status === NodeStatus.alive);
}

function isSame(present: Assignment, next: Assignment): boolean {
  if (present.pending.length !== next.pending.length || present.members.length !== next.members.length) return false;
  if (!present.members.every((member, index) => sameLife(member, next.members[index]) && member.address === next.members[index].address)) {
    return false;
  }
  return present.owners.every((owner, partition) => owner === next.owners[partition]);
}

function memberOf(row: NodeRow): Member {
  const { node, incarnationHigh, incarnationLow, address } = row;
  return { node, incarnationHigh, incarnationLow, address };
}

function candidateOf(row: NodeRow): { node: number; takesNew: boolean } {
  return { node: row.node, takesNew: row.takes === Takes.any };
}
