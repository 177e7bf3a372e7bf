import assert from 'node:assert/strict';
import {
  type Validated,
  validateDistillationJob,
  validateServerPool,
  validateStudentDeployment,
} from '../../../src/api/validate.ts';
import { badSpecs } from './bad-specs.ts';
import { minimalJob, minimalStudentDeployment, withFields } from './objects.ts';

const validators: Readonly<Record<string, (object: unknown) => Validated<object>>> = {
  DistillationJob: validateDistillationJob,
  ServerPool: validateServerPool,
  StudentDeployment: validateStudentDeployment,
};

describe('validating an object without a cluster', () => {
  for (const { base, cases } of badSpecs) {
    const validate = validators[base.kind] ?? validateDistillationJob;
    for (const [name, { set, wantField, want, cel }] of Object.entries(cases)) {
      const sentence = cel ? `leaves to the API server: ${name}` : `refuses ${name}`;
      it(`${base.kind}: ${sentence}`, () => {
        const result = validate(withFields(base, set));
        assert.equal(result.ok, cel ?? false);
        if (result.ok) return;
        const found = result.errors.find(({ path, message }) => path === wantField && want.test(message));
        assert.ok(found, `no error at ${wantField} says ${want}: ${JSON.stringify(result.errors)}`);
      });
    }
  }

  it('fills in defaults and leaves the argument alone', () => {
    const before = structuredClone(minimalJob);
    const result = validateDistillationJob(minimalJob);
    assert.ok(result.ok);
    assert.equal(result.value.spec.training.divergence, 'Auto');
    assert.deepEqual(result.value.spec.objective, { policy: 'Balanced' });
    assert.deepEqual(minimalJob, before);
  });

  it('does not add a default policy beside weights', () => {
    const result = validateDistillationJob(withFields(minimalJob, { 'spec.objective': { weights: { cost: 1 } } }));
    assert.ok(result.ok);
    assert.equal(result.value.spec.objective.policy, undefined);
  });

  it('reports every error at once', () => {
    const result = validateDistillationJob(withFields(minimalJob, { 'spec.output': undefined, 'spec.maxAttempts': 0 }));
    assert.ok(!result.ok);
    assert.deepEqual(result.errors.map(({ path }) => path).sort(), ['spec.maxAttempts', 'spec.output']);
  });

  it('takes anything for input', () => {
    for (const input of [undefined, null, 3, 'job', [], {}, minimalStudentDeployment]) {
      assert.equal(validateDistillationJob(input).ok, false);
    }
  });
});
