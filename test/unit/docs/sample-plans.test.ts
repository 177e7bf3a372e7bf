import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { page, samplePlans } from '../../generate/sample-plans.ts';

describe('the plans of the samples', () => {
  it('are those that the planner makes today', async () => {
    assert.equal(readFileSync(page, 'utf8'), await samplePlans(), 'run: make generate');
  });
});
