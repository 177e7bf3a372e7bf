import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import type { Candidate, Plan } from '../../../src/api/v1alpha1/distillation-job.gen.ts';
import { renderPlan } from '../../../src/cli/plan-view.ts';

const candidate = (changes: Partial<Candidate> = {}): Candidate => ({
  name: 'small-1',
  teacher: 'big',
  student: 'small',
  strategy: 'KnowledgeAlignment',
  method: 'Full',
  trainingPool: 'h100',
  trainingGpus: 8,
  servingPool: 'l4',
  servingGpus: 1,
  predicted: {
    accuracyLow: '0.500',
    accuracyHigh: '0.900',
    trainingSeconds: 93,
    trainingCost: '0.007178',
    hourlyCost: '0.8048',
  },
  ...changes,
});

function shown(plan: Partial<Plan>, message = 'because'): string {
  const condition = {
    type: 'PlanSelected',
    status: 'True',
    reason: 'PlanSelected',
    message,
    lastTransitionTime: '2026-01-15T00:00:00Z',
  } as const;
  return stripVTControlCharacters(renderPlan({ status: { plan: { id: 'abc', ...plan }, conditions: [condition] } }));
}

const cases: Record<string, { text: string; want: RegExp }> = {
  'says when there is no plan yet': { text: renderPlan({}), want: /^no plan yet$/ },
  'marks the chosen candidate': {
    text: shown({ selected: candidate(), front: [candidate(), candidate({ name: 'small-2', trainingGpus: 4 })] }),
    want: /^\* +small +Alignment +h100 x8 +l4 x1 +0\.500\.\.0\.900 +93 +<0\.01/m,
  },
  'gives the reason for the choice': {
    text: shown({ selected: candidate(), front: [candidate()] }),
    want: /^chosen: because$/m,
  },
  'names the pools that have no node yet': {
    text: shown({ selected: candidate(), front: [candidate()], poolsAtZero: ['h100'] }),
    want: /^at zero, so that a pod first makes a node: h100$/m,
  },
  'says which plan it replaces, and why': {
    text: shown({ replacedPlan: 'old', replacedReason: 'pool l4 is gone' }),
    want: /^replaces plan old: pool l4 is gone$/m,
  },
  'gives the reason why nothing is chosen': { text: shown({}), want: /^nothing chosen: because$/m },
  'shows a price that nobody knows as unknown': {
    text: shown({ front: [candidate({ predicted: { trainingSeconds: 1 } })] }),
    want: /unknown .* unknown/,
  },
  'shows a pool without GPUs by its name alone': {
    text: shown({ front: [candidate({ trainingPool: 'cpu-16', trainingGpus: 0 })] }),
    want: / cpu-16 +l4 x1/,
  },
  'names the teachers when they differ': {
    text: shown({ front: [candidate(), candidate({ name: 'small-2', teacher: 'bigger' })] }),
    want: /TEACHER[^]*bigger/,
  },
  'counts what was ruled out': {
    text: shown({ rejected: [{ candidate: 'pool x', reason: 'GpuUnknown', message: 'who?' }], rejectedTotal: 40 }),
    want: /GpuUnknown +pool x +who\?\n\(40 ruled out in all\)/,
  },
};

describe('the plan of a job', () => {
  for (const [name, { text, want }] of Object.entries(cases)) it(name, () => assert.match(text, want));

  it('leaves out the teacher when there is only one', () =>
    assert.doesNotMatch(shown({ front: [candidate()] }), /TEACHER/));
});
