// The shortest of what `make bench-autoscale` compares, so that a change that makes the autoscaler worse shows at once.
import assert from 'node:assert/strict';
import { beaten, compare } from '../../bench/autoscale/compare.ts';
import { readTraces, scenarios } from '../../bench/autoscale/workload.ts';

describe("beside HPA's algorithm and KEDA's defaults", () => {
  const [trace] = readTraces();
  for (const scenario of scenarios.filter(({ name }) => ['steady', 'bursts'].includes(name))) {
    it(`the built-in autoscaler is worse in neither violated minutes nor GPU-hours: ${scenario.name}`, () => {
      assert.ok(trace);
      const hardware = { product: 'L4', modelId: 'meta-llama/Llama-3.1-8B-Instruct' };
      const results = compare(scenario, { trace, hardware, seed: 18 });
      assert.equal(results.length, 3);
      assert.deepEqual(beaten(results), []);
    });
  }
});
