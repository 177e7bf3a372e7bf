import assert from 'node:assert/strict';
import type { PilotStatus } from '../../../src/api/v1alpha1/distillation-job.gen.ts';
import { renderPilots } from '../../../src/cli/pilots-view.ts';

const pilot: PilotStatus = {
  name: 'small-1a2b3c4d',
  teacher: 'big',
  student: 'small',
  strategy: 'KnowledgeMixture',
  method: 'Full',
  rung: 0,
  state: 'Measured',
  steps: 40,
  measured: { steps: 40, samples: 200, correct: 120, accuracy: '0.600', accuracyLow: '0.531', accuracyHigh: '0.665' },
  cost: '0.02',
};
const condition = {
  type: 'Piloted',
  status: 'True',
  reason: 'PilotsMeasured',
  message: '1 recipes measured',
  lastTransitionTime: '2026-01-15T00:00:00Z',
} as const;

describe('the trial runs of a job', () => {
  const cases: Record<string, { pilots?: PilotStatus[]; want: RegExp }> = {
    'are shown with what they measured and cost': {
      pilots: [pilot],
      want: /^small +big +Mixture +Full +Measured +40 +0\.600 +0\.531\.\.0\.665 +0\.02$/m,
    },
    'are shown while they wait': {
      pilots: [{ ...pilot, state: 'Pending', measured: undefined, cost: undefined } as unknown as PilotStatus],
      want: /^small +big +Mixture +Full +Pending/m,
    },
    'say why one failed': {
      pilots: [{ ...pilot, state: 'Failed', message: 'OutOfMemory: too large' }],
      want: /^small-1a2b3c4d: OutOfMemory: too large$/m,
    },
    'say why there are none': { want: /^trial runs: PilotsMeasured: 1 recipes measured$/ },
  };
  for (const [name, { pilots, want }] of Object.entries(cases)) {
    it(name, () => {
      const status = { conditions: [condition], ...(pilots === undefined ? {} : { pilots }) };
      assert.match(renderPilots({ status }), want);
    });
  }

  it('are no subject of a job that allows none', () => assert.equal(renderPilots({ status: {} }), ''));
});
