// Goal: what does not answer is left alone, tried now and then, and used again as soon as it is well.
import { expect, it } from 'vitest';
import { Circuit } from '../../../../core/store/cache/circuit.ts';
import { cacheLimits } from '../../../../core/store/cache/limits.ts';

const { redisFailuresMax: failuresMax, redisRestMs: restMs, redisRestMsMax: restMsMax } = cacheLimits;

function failing(): Circuit {
  const circuit = new Circuit(cacheLimits);
  for (let count = 0; count < failuresMax; count += 1) circuit.failed(0);
  return circuit;
}

it('opens after failures in a row only', () => {
  const circuit = new Circuit(cacheLimits);
  for (let count = 0; count < failuresMax * 3; count += 1) {
    circuit.failed(0);
    if (count % (failuresMax - 1) === 0) circuit.succeeded();
  }
  expect(circuit.mayAsk(0)).toBe(true);
  expect(failing().mayAsk(0)).toBe(false);
});

it('tries with one request after a rest, and closes when that succeeds', () => {
  const circuit = failing();
  expect(circuit.mayAsk(restMs - 1)).toBe(false);
  expect(circuit.mayAsk(restMs)).toBe(true);
  expect(circuit.mayAsk(restMs)).toBe(false);
  circuit.succeeded();
  expect([circuit.mayAsk(restMs), circuit.mayAsk(restMs), circuit.isWell]).toEqual([true, true, true]);
});

it('rests twice as long after each failed trial, up to a limit; late failures do not count', () => {
  const circuit = failing();
  let now = 0;
  for (let rest = restMs; rest < restMsMax * 4; rest *= 2) {
    now += Math.min(rest, restMsMax);
    circuit.failed(now);
    expect(circuit.mayAsk(now - 1)).toBe(false);
    expect(circuit.mayAsk(now)).toBe(true);
    circuit.failed(now);
  }
  expect(circuit.opened).toBe(1);
});
