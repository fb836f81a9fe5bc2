/**
 * Where two runs of one scenario part: the first event that differs. Something in the run then depends on what is not in the scenario.
 */
import { runScenario } from './run.ts';
import type { Scenario } from './scenario.ts';
import type { Target } from './scheduler.ts';

/** In words; '': this time both were the same. */
export function firstDifference(scenario: Scenario): string {
  const first: string[] = [];
  runScenario(scenario, { onFire: (us, target, code, number, payload) => first.push(eventText(us, target, code, number, payload)) });
  let index = 0;
  let difference = '';
  runScenario(scenario, {
    onFire: (us, target, code, number, payload) => {
      if (difference === '') {
        const second = eventText(us, target, code, number, payload);
        if (first[index] !== second) difference = `event ${index + 1} was ${first[index] ?? 'none'}, then ${second}`;
      }
      index += 1;
    },
  });
  if (difference === '' && index < first.length) difference = `event ${index + 1} was ${first[index]}, then none`;
  return difference;
}

function eventText(us: number, target: Target, code: number, number: number, payload: unknown): string {
  const bytes = payload instanceof Uint8Array ? ` bytes ${Array.from(payload.subarray(0, 48), hexOf).join('')}` : '';
  return `at ${(us / 1000).toFixed(3)} ms ${target.constructor.name} ${target.traceId}, code ${code}, number ${number}${bytes}`;
}

function hexOf(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
