import assert from 'node:assert/strict';
import type { Teacher } from '../../../../src/api/v1alpha1/distillation-job.gen.ts';
import { Draft } from '../../../../src/domain/distillation/draft.ts';
import { chargeTeachers } from '../../../../src/domain/distillation/teacher-bill.ts';
import { aJob, startOfTime } from '../../../support/builders/job.ts';

const api = (pricing?: { inputPerMillionTokens: string; outputPerMillionTokens: string }): Teacher => ({
  name: 'large',
  endpoint: { url: 'https://api.example.com/v1', model: 'm', ...(pricing === undefined ? {} : { pricing }) },
});
const priced = api({ inputPerMillionTokens: '2.00', outputPerMillionTokens: '8.00' });
const probe = { models: [{ name: 'large', role: 'Teacher', promptTokens: 500_000, completionTokens: 250_000 }] };

describe('what a teacher behind an API charges', () => {
  const cases: Record<string, { teacher: Teacher; results: object[]; wantSpent: string; wantUnknown?: boolean }> = {
    'is its tokens at the prices of the spec': { teacher: priced, results: [probe], wantSpent: '3.00' },
    'counts every shard': { teacher: priced, results: [probe, probe], wantSpent: '6.00' },
    'is unknown, and not nothing, without prices': {
      teacher: api(),
      results: [probe],
      wantSpent: '0',
      wantUnknown: true,
    },
    'is nothing for a teacher that was not asked': { teacher: api(), results: [{ models: [] }], wantSpent: '0' },
    'is nothing for weights that the job serves itself': {
      teacher: { name: 'large', uri: 'hf://a/b' },
      results: [probe],
      wantSpent: '0',
    },
  };
  for (const [name, tc] of Object.entries(cases)) {
    it(name, () => {
      const job = aJob()
        .spec({ teachers: [tc.teacher] })
        .status({ cost: { spent: '0', currency: 'USD' } })
        .build();
      const draft = new Draft(job, startOfTime);
      chargeTeachers(draft, 'Profile', tc.results as Record<string, unknown>[]);
      assert.deepEqual([draft.status.cost?.spent, draft.status.cost?.unknown], [tc.wantSpent, tc.wantUnknown]);
    });
  }
});
