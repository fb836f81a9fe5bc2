// Goal: a file of tests that needs the real HBase (real-hbase.ts). Method: without one, a single test stands in their place, which is skipped
// with a printed reason, or fails when PARLEY_REQUIRE_ALL=1.
import { describe, inject, it } from 'vitest';
import { missingPrograms } from '../rig/artifacts.ts';
import { requireOrFail } from './require.ts';

export interface HBaseAddress {
  readonly masters: string;
  readonly quorum: string;
}

export function onHBase(name: string, tests: (address: HBaseAddress) => void): void {
  const masters = inject('hbaseMasters');
  describe(name, () => {
    if (masters !== '') {
      tests({ masters, quorum: inject('hbaseQuorum') });
      return;
    }
    it('needs a real HBase', (context) => {
      requireOrFail(context, `what a real HBase needs (${missingPrograms().join(', ')})`, 'apt-get install default-jdk-headless maven');
    });
  });
}
