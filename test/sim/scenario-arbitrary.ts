// Goal: scenarios as fast-check values. Method: a seed draws one, then any part of its faults and commands is kept; shrinking keeps less.
import fc from 'fast-check';
import { drawScenario, type Scenario } from '../../sim/scenario.ts';

export function scenarios(messages: number): fc.Arbitrary<Scenario> {
  return fc.integer({ min: 1, max: 500 }).chain((seed) => {
    const scenario = drawScenario(seed, messages);
    const parts = fc.record({ faults: fc.subarray([...scenario.faults]), commands: fc.subarray([...scenario.commands]) });
    return parts.map((part) => ({ ...scenario, ...part }));
  });
}
