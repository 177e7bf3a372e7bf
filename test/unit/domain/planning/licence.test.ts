import assert from 'node:assert/strict';
import { hubIdOf, refuseLicence } from '../../../../src/domain/planning/licence.ts';
import { makePlan } from '../../../../src/domain/planning/plan.ts';
import { aRequest, planInputs } from './builders.ts';

const cases: Record<string, { teacher?: string; student?: string; refused: boolean }> = {
  'Llama 2 teaches no other family': {
    teacher: 'meta-llama/Llama-2-70b-hf',
    student: 'Qwen/Qwen3-0.6B',
    refused: true,
  },
  'but its own': { teacher: 'meta-llama/Llama-2-70b-hf', student: 'meta-llama/Llama-2-7b-hf', refused: false },
  'Llama 3 teaches no other family': {
    teacher: 'meta-llama/Meta-Llama-3-70B',
    student: 'google/gemma-3-1b-it',
    refused: true,
  },
  'but its own, later ones included': {
    teacher: 'meta-llama/Meta-Llama-3-70B',
    student: 'meta-llama/Llama-3.2-1B-Instruct',
    refused: false,
  },
  'Llama 3.1 teaches anybody': {
    teacher: 'meta-llama/Llama-3.1-8B-Instruct',
    student: 'Qwen/Qwen3-0.6B',
    refused: false,
  },
  'nothing is known of a student from elsewhere': { teacher: 'meta-llama/Llama-2-70b-hf', refused: false },
  'nor of a teacher from elsewhere': { student: 'Qwen/Qwen3-0.6B', refused: false },
};

describe('a licence', () => {
  for (const [name, { teacher, student, refused }] of Object.entries(cases)) {
    it(name, () => {
      const of = (hubId: string | undefined, role: string) => ({
        name: role,
        ...(hubId === undefined ? {} : { hubId }),
      });
      const refusal = refuseLicence(of(teacher, 'big'), of(student, 'small'));
      assert.equal(refusal?.reason, refused ? 'LicenceForbids' : undefined);
    });
  }

  it('rules out the pair in the plan, by name', () => {
    const request = aRequest({
      teachers: [{ name: 'teacher', hubId: 'meta-llama/Llama-2-70b-hf' }],
      students: [{ name: 'student', hubId: 'Qwen/Qwen2.5-0.5B-Instruct' }],
    });
    const { selected, blocker } = makePlan(planInputs({ request }));
    assert.deepEqual([selected, blocker?.reason], [null, 'LicenceForbids']);
    assert.match(blocker?.message ?? '', /Llama 2 Community License of teacher/);
  });

  it('is that of the repository, whatever the revision and the path', () => {
    const id = 'meta-llama/Llama-2-7b-hf';
    assert.deepEqual(
      [`hf://${id}`, `hf://${id}@main`, `hf://${id}/sub`, 'pvc://models/llama', undefined].map(hubIdOf),
      [id, id, id, undefined, undefined],
    );
  });
});
