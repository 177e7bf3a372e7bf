import assert from 'node:assert/strict';
import type { Candidate, Plan } from '../../../../src/api/v1alpha1/distillation-job.gen.ts';
import { nextCandidate } from '../../../../src/domain/distillation/candidate-choice.ts';

function candidate(name: string, changes: Partial<Candidate> = {}): Candidate {
  return { name, teacher: 'tiny', student: 'small', strategy: 'KnowledgeAlignment', method: 'Full', ...changes };
}

const first = candidate('first', { trainingPool: 'cheap' });
const elsewhere = candidate('elsewhere', { trainingPool: 'fast' });
const injected = candidate('injected', { strategy: 'KnowledgeInjection' });
const plan: Plan = { id: 'p', selected: first, front: [first, elsewhere, injected] };

describe('the candidate of the next attempt', () => {
  const cases: Record<string, { tried: string[]; want: string | undefined }> = {
    'is the selected one at first': { tried: [], want: 'first' },
    'is the next of the front that differs in more than its pools': { tried: ['first'], want: 'injected' },
    'is none when all that differ were tried': { tried: ['first', 'injected'], want: undefined },
  };
  for (const [name, { tried, want }] of Object.entries(cases)) {
    it(name, () => {
      const attempts = tried.map((name, index) => ({ number: index + 1, candidate: name, state: 'Failed' as const }));
      assert.equal(nextCandidate(plan, attempts)?.name, want);
    });
  }
});
