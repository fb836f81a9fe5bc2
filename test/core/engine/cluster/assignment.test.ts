// Rendezvous hashing with bounded load: balance and movement, whatever the history.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignPartitions, type Candidate } from '../../../../core/engine/cluster/assignment.ts';
import { partitionCount } from '../../../../core/model/partition.ts';

const nobody = new Int16Array(partitionCount).fill(-1);

function nodes(...numbers: number[]): Candidate[] {
  return numbers.map((node) => ({ node, takesNew: true }));
}

function loads(owners: Int16Array, count: number): number[] {
  const load: number[] = new Array(count).fill(0);
  for (const owner of owners) load[owner] += 1;
  return load;
}

function moved(before: Int16Array, beforeNodes: readonly Candidate[], after: Int16Array, afterNodes: readonly Candidate[]): number {
  let count = 0;
  for (let partition = 0; partition < partitionCount; partition += 1) {
    const from = before[partition] < 0 ? -1 : beforeNodes[before[partition]].node;
    if (from !== afterNodes[after[partition]].node) count += 1;
  }
  return count;
}

/** `before` in terms of the nodes that are there now. */
function carried(before: Int16Array, beforeNodes: readonly Candidate[], afterNodes: readonly Candidate[]): Int16Array {
  return before.map((owner) => (owner < 0 ? -1 : afterNodes.findIndex((other) => other.node === beforeNodes[owner].node)));
}

describe('assignPartitions', () => {
  it.each([1, 2, 3, 7, 8, 60, 299, 300, 900])('balances %i nodes within one partition', (count) => {
    const all = nodes(...Array.from({ length: count }, (_none, index) => index * 3 + 1));
    const load = loads(assignPartitions(nobody, all), count);
    expect(Math.max(...load)).toBe(Math.ceil(partitionCount / count));
    expect(Math.min(...load)).toBe(Math.floor(partitionCount / count));
  });

  it('moves on a join the share of the newcomer, and only to it', () => {
    const before = nodes(0, 1, 2, 3, 4);
    const after = nodes(0, 1, 2, 3, 4, 5);
    const owners = assignPartitions(nobody, before);
    const next = assignPartitions(owners, after);
    expect(moved(owners, before, next, after)).toBe(150);
    for (let partition = 0; partition < partitionCount; partition += 1) {
      expect(next[partition] === owners[partition] || next[partition] === 5).toBe(true);
    }
  });

  it('moves on a leave what the leaver had, and hardly more', () => {
    const before = nodes(0, 1, 2, 3, 4, 5, 6);
    const after = nodes(0, 1, 2, 4, 5, 6);
    const owners = assignPartitions(nobody, before);
    const next = assignPartitions(carried(owners, before, after), after);
    const gone = loads(owners, 7)[3];
    expect(moved(owners, before, next, after)).toBeGreaterThanOrEqual(gone);
    expect(moved(owners, before, next, after)).toBeLessThanOrEqual(gone + after.length);
  });

  it('gives nothing new to a node that takes nothing new, and leaves it what it has', () => {
    const before = nodes(0, 1);
    const owners = assignPartitions(nobody, before);
    const after = [{ node: 0, takesNew: false }, { node: 1, takesNew: true }, ...nodes(2)];
    const next = assignPartitions(owners, after);
    for (let partition = 0; partition < partitionCount; partition += 1) {
      if (next[partition] === 0) expect(owners[partition]).toBe(0);
    }
    expect(loads(next, 3)).toEqual([300, 300, 300]);
  });

  it('stays balanced through any sequence of joins and leaves, and moves little', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(11), { minLength: 1, maxLength: 25 }), (toggles) => {
        let present: Candidate[] = [];
        let owners: Int16Array = nobody;
        for (const node of toggles) {
          const was = present;
          present = was.some((other) => other.node === node) ? was.filter((other) => other.node !== node) : [...was, ...nodes(node)];
          present.sort((left, right) => left.node - right.node);
          if (present.length === 0) {
            owners = nobody;
            continue;
          }
          const next = assignPartitions(carried(owners, was, present), present);
          const load = loads(next, present.length);
          expect(Math.max(...load)).toBeLessThanOrEqual(Math.ceil(partitionCount / present.length));
          expect(Math.min(...load)).toBeGreaterThanOrEqual(Math.floor(partitionCount / present.length));
          if (was.length > 0) {
            const share = Math.ceil(partitionCount / Math.min(was.length, present.length));
            expect(moved(owners, was, next, present)).toBeLessThanOrEqual(share + present.length);
          }
          owners = next;
        }
      }),
    );
  });
});
