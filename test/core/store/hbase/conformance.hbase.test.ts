/** The conformance suite, unchanged, on a real HBase. */
import { afterAll } from 'vitest';
import { onHBase } from '../../../_util/on-hbase.ts';
import { conformance } from '../conformance.ts';
import { HBaseTarget } from './hbase-target.ts';

onHBase('on a real HBase', ({ masters }) => {
  const target = new HBaseTarget(masters, `conformance${process.pid}`);
  conformance(target);
  afterAll(() => target.end(), 60_000);
});
