import assert from 'node:assert/strict';
import { type ProbeState, probeStep } from '../../support/local-node/probes.ts';
import type { Probe } from '../../support/local-node/types.ts';

// Results, oldest first: "+" a success, "-" a failure. Verdicts after each: "H" healthy, "U" unhealthy.
const cases: Record<string, { probe: Probe; initial: boolean; results: string; want: string }> = {
  'readiness turns at once by default': { probe: {}, initial: false, results: '-+', want: 'UH' },
  'three failures in a row turn it back by default': { probe: {}, initial: true, results: '---', want: 'HHU' },
  'a success in between starts the count again': { probe: {}, initial: true, results: '--+--', want: 'HHHHH' },
  'more than one success may be wanted': {
    probe: { successThreshold: 2 },
    initial: false,
    results: '+-++',
    want: 'UUUH',
  },
  'one failure may suffice': { probe: { failureThreshold: 1 }, initial: true, results: '-+', want: 'UH' },
};

describe('verdict of a probe', () => {
  for (const [name, { probe, initial, results, want }] of Object.entries(cases)) {
    it(name, () => {
      let state: ProbeState = { healthy: initial, streak: 0 };
      const verdicts = results.split('').map((result) => {
        state = probeStep(state, result === '+', probe);
        return state.healthy ? 'H' : 'U';
      });
      assert.equal(verdicts.join(''), want);
    });
  }
});
