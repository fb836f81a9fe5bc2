// Goal: tests against a real HBase share one, started once. Method: vitest's global setup of the project `hbase`: a rig that runs is used
// and left running, else one is started in one process and stopped at the end. Without Java or Maven there is none
// (on-hbase.ts says so).
import type { TestProject } from 'vitest/node';
import { missingPrograms } from '../rig/artifacts.ts';
import { Rig } from '../rig/rig.ts';
import { top } from './source-files.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    hbaseMasters: string;
    hbaseQuorum: string;
  }
}

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const rig = new Rig(top, (line) => console.log(line));
  const { state, masters, quorum, pids } = rig.state();
  const isMissing = missingPrograms().length > 0;
  project.provide('hbaseMasters', isMissing ? '' : masters);
  project.provide('hbaseQuorum', isMissing ? '' : quorum);
  if (isMissing || (state === 'running' && 'master' in pids)) return undefined;
  await rig.start();
  return () => rig.stop();
}
