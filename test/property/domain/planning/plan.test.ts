import assert from 'node:assert/strict';
import fc from 'fast-check';
import { moneyToNumber } from '../../../../src/domain/money.ts';
import { combineGroups } from '../../../../src/domain/planning/combine.ts';
import { SERVING_HORIZON_HOURS } from '../../../../src/domain/planning/constants.ts';
import { enumerate } from '../../../../src/domain/planning/enumerate.ts';
import { limitsOf } from '../../../../src/domain/planning/limits.ts';
import { dominates } from '../../../../src/domain/planning/pareto.ts';
import { makePlan } from '../../../../src/domain/planning/plan.ts';
import { RejectionLog } from '../../../../src/domain/planning/rejections.ts';
import type { PlanInputs, Policy } from '../../../../src/domain/planning/request.ts';
import {
  a100Node,
  aProfile,
  aRequest,
  cpuNode,
  facts,
  h100Node,
  l4Node,
  poolsOf,
} from '../../../unit/domain/planning/builders.ts';

const NODES = [h100Node(), a100Node(), l4Node(), cpuNode()];
const STUDENTS = ['Qwen/Qwen2.5-0.5B-Instruct', 'Qwen/Qwen2.5-1.5B-Instruct', 'Qwen/Qwen3-0.6B'];
const POLICIES: readonly Policy[] = ['Balanced', 'AccuracyFirst', 'LatencyFirst', 'CostFirst', 'TimeFirst'];

const inputs: fc.Arbitrary<PlanInputs> = fc
  .record({
    nodes: fc.subarray(NODES, { minLength: 1 }),
    students: fc.subarray(STUDENTS, { minLength: 1 }),
    correct: fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 4, maxLength: 4 }),
    policy: fc.constantFrom(...POLICIES),
    maxTrainingSeconds: fc.option(fc.integer({ min: 10, max: 5_000 }), { nil: undefined }),
    amount: fc.option(fc.integer({ min: 1, max: 500 }), { nil: undefined }),
  })
  .map(({ nodes, students, correct, policy, maxTrainingSeconds, amount }) => ({
    pools: poolsOf(...nodes),
    profile: aProfile({
      models: [
        {
          name: 'teacher',
          role: 'Teacher',
          samples: 200,
          correct: correct[3] ?? 0,
          facts: facts('Qwen/Qwen2.5-7B-Instruct'),
        },
        ...students.map((id, i) => ({
          name: id,
          role: 'Student' as const,
          samples: 200,
          correct: correct[i] ?? 0,
          facts: facts(id),
        })),
      ],
    }),
    request: aRequest({
      students: students.map((name) => ({ name })),
      objective: { policy },
      constraints: {
        ...(maxTrainingSeconds === undefined ? {} : { maxTrainingSeconds }),
        ...(amount === undefined ? {} : { budget: { currency: 'USD', amount: `${amount / 100}` } }),
      },
    }),
    today: '2026-01-15',
  }));

describe('a plan, for any inputs,', () => {
  it('has the front that the whole product of trainings and servings has', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const { groups } = enumerate(given, limitsOf(given.request.constraints), new RejectionLog());
        const all = groups.flatMap(({ pair, training, serving }) =>
          training.flatMap((t) =>
            serving.map((s) => [
              1 - pair.accuracy.point,
              s.atLoad.requestSeconds,
              t.seconds,
              moneyToNumber(t.cost ?? (0n as never)) + moneyToNumber(s.hourly ?? (0n as never)) * SERVING_HORIZON_HOURS,
            ]),
          ),
        );
        const want = all.filter((values) => !all.some((other) => dominates(other, values)));
        const found = combineGroups(groups, new RejectionLog()).map(({ values }) => [...values]);
        const sorted = (rows: readonly (readonly number[])[]): string[] =>
          rows.map((row) => JSON.stringify(row)).sort();
        assert.deepEqual(sorted(found), sorted(want));
      }),
      { numRuns: 40 },
    );
  });

  it('does not depend on the order of pools, models or students', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const { request, profile, pools } = given;
        const reversed: PlanInputs = {
          ...given,
          pools: pools.toReversed(),
          profile: { ...profile, models: profile.models.toReversed() },
          request: { ...request, students: request.students.toReversed() },
        };
        assert.deepEqual(makePlan(reversed), makePlan(given));
      }),
      { numRuns: 40 },
    );
  });

  it('selects inside the limits, or says what stands in the way', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const { selected, blocker } = makePlan(given);
        assert.equal(selected === null, blocker !== null);
        const { maxTrainingSeconds = Infinity, budget } = given.request.constraints;
        if (!selected) return;
        assert.ok(selected.predicted.trainingSeconds <= maxTrainingSeconds);
        assert.ok(Number(selected.predicted.trainingCost) <= Number(budget?.amount ?? Infinity));
      }),
      { numRuns: 60 },
    );
  });
});
