import assert from 'node:assert/strict';
import { type KeptPlan, materialChange } from '../../../../src/domain/planning/material-change.ts';
import { basisId } from '../../../../src/domain/planning/plan-id.ts';
import { makePlan } from '../../../../src/domain/planning/plan.ts';
import type { PlanInputs } from '../../../../src/domain/planning/request.ts';
import { aPool, type PoolBuilder } from '../../../support/builders/pool.ts';
import { aProfile, aRequest, planInputs } from './builders.ts';

const dear = (): PoolBuilder => aPool('dear').gpus('H100-SXM', 8).price('9000.00');
const cheap = (): PoolBuilder => aPool('cheap').gpus('L4', 1).price('1.00');

function inputsWith(...pools: readonly PoolBuilder[]): PlanInputs {
  return planInputs({
    pools: pools.map((pool) => pool.build()),
    request: aRequest({ objective: { policy: 'CostFirst' } }),
  });
}

function keep(inputs: PlanInputs): KeptPlan {
  const { selected } = makePlan(inputs);
  if (!selected) throw new Error('nothing is feasible');
  const { trainingSeconds, trainingCost, hourlyCost } = selected.predicted;
  const { name, trainingPool, servingPool } = selected;
  return {
    basis: basisId(inputs),
    name,
    trainingPool,
    servingPool,
    trainingSeconds,
    trainingCost: trainingCost ?? undefined,
    hourlyCost: hourlyCost ?? undefined,
  };
}

const before = inputsWith(cheap(), dear());

/** What is different now; null means that the plan stands. */
const cases: Record<string, { now: PlanInputs; want: RegExp | null }> = {
  'the same inputs': { now: before, want: null },
  'another day': { now: { ...before, today: '2026-02-01' }, want: null },
  'free GPUs of another pool': { now: inputsWith(cheap(), dear().free(3)), want: null },
  'another pool that is gone': { now: inputsWith(cheap()), want: null },
  'a pool that comes, and is dearer': { now: inputsWith(cheap(), dear(), aPool('other').price('2.00')), want: null },
  'a price that rises by less than can be told apart': { now: inputsWith(cheap().price('1.03'), dear()), want: null },
  'a price that falls': { now: inputsWith(cheap().price('0.50'), dear()), want: null },
  'the price of its pool': {
    now: inputsWith(cheap().price('1.50'), dear()),
    want: /^the cost of training of student-\w{8} has risen from [\d.]+ to [\d.]+$/,
  },
  'a price that nobody knows any more': { now: inputsWith(cheap().unpriced(), dear()), want: /is not known any more$/ },
  'its own pool that is gone': { now: inputsWith(dear()), want: /^pool cheap of student-\w{8} is gone$/ },
  'GPUs of its own pool that others took': {
    now: inputsWith(cheap().free(0), dear()),
    want: /^student-\w{8} is no longer feasible: .*free/,
  },
  'a pool that comes, and is better in everything': {
    now: inputsWith(cheap(), dear(), aPool('other').gpus('L4', 1).price('0.50')),
    want: /^student-\w{8} is now better than student-\w{8} in everything that can be told apart$/,
  },
  'a spec by which another candidate is chosen': {
    now: { ...before, request: { ...before.request, objective: { policy: 'TimeFirst' } } },
    want: /^what was asked for or measured has changed, and student-\w{8} is now the choice$/,
  },
  'a spec by which the same candidate is chosen': {
    now: { ...before, request: { ...before.request, constraints: { budget: { currency: 'USD', amount: '1000' } } } },
    want: null,
  },
  'a profile by which training takes longer': {
    now: { ...before, profile: aProfile({ trainExamples: 50_000 }) },
    want: /has risen/,
  },
};

describe('whether a plan that has not begun is made anew, after a change of', () => {
  const kept = keep(before);
  for (const [name, { now, want }] of Object.entries(cases)) {
    it(name, () => {
      const change = materialChange(kept, now, makePlan(now));
      if (want === null) assert.equal(change, null);
      else assert.match(change ?? '', want);
    });
  }
});
