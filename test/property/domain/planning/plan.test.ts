import assert from 'node:assert/strict';
import fc from 'fast-check';
import { combineGroups } from '../../../../src/domain/planning/combine.ts';
import { enumerate } from '../../../../src/domain/planning/enumerate.ts';
import { limitsOf } from '../../../../src/domain/planning/limits.ts';
import {
  gridsOf,
  scored,
  type Scored,
  servingPart,
  trainingParts,
} from '../../../../src/domain/planning/objectives.ts';
import { dominates } from '../../../../src/domain/planning/pareto.ts';
import { makePlan } from '../../../../src/domain/planning/plan.ts';
import { RejectionLog } from '../../../../src/domain/planning/rejections.ts';
import type { NodeObject } from '../../../../src/domain/planning/node-snapshot.ts';
import type { PlanInputs, Policy } from '../../../../src/domain/planning/request.ts';
import { ratioGrid, RESOLUTION } from '../../../../src/domain/planning/resolution.ts';
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

/** Alike but for the price: dearer, without one, and as dear. */
const twin = (name: string, annotations: Record<string, string>, region: string): NodeObject => {
  const node = l4Node(name);
  const labels = { ...node.metadata?.labels, 'topology.kubernetes.io/region': region };
  return { ...node, metadata: { name, labels, annotations } };
};
const PRICE = 'distill.stratos.dev/price-per-hour';
const NODES = [
  h100Node(),
  a100Node(),
  l4Node(),
  cpuNode(),
  twin('l4-dear', { [PRICE]: '1.75' }, 'eu-west-1'),
  twin('l4-unknown', {}, 'eu-nowhere-1'),
  twin('l4-same', { [PRICE]: '1.75' }, 'ap-south-1'),
];
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

/** Equal in all objectives, and first by what decides then; names are left out, as the parts of a name sort by themselves. */
function comesBefore(left: Scored, right: Scored): boolean {
  if (left.values.join() !== right.values.join()) return false;
  const k = left.tie.findIndex((value, i) => value !== right.tie[i]);
  return k >= 0 && (left.tie[k] ?? 0) < (right.tie[k] ?? 0);
}

/** An unknown cost is not nothing: it compares with nothing. */
function known(cost: string | null): number {
  return cost === null ? Number.NaN : Number(cost);
}

function shown(front: readonly Scored[]): readonly string[] {
  return [...new Set(front.map(({ values, tie }) => JSON.stringify([values, tie])))].sort();
}

describe('a plan, for any inputs,', () => {
  it('has the front that the whole product of trainings and servings has', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const limits = limitsOf(given.request.constraints);
        const { groups, feasible } = enumerate(given, limits, new RejectionLog());
        // A log that keeps everything makes the enumeration look at every site by itself.
        const whole = enumerate(given, limits, new RejectionLog(Infinity));
        const grids = gridsOf(whole.groups);
        assert.equal(feasible, whole.feasible);
        const parts = whole.groups.map((group) => ({
          trainings: trainingParts(group, grids),
          servings: group.serving.map((option) => servingPart(option, grids)),
        }));
        const pairs = parts.flatMap(({ trainings, servings }) =>
          trainings.flatMap((training) => servings.map((serving) => [training, serving] as const)),
        );
        const least = Math.min(Infinity, ...pairs.map(([training, serving]) => training.cost + serving.cost));
        const cost = ratioGrid(least, RESOLUTION.cost);
        const all = pairs.map(([training, serving]) => scored(training, serving, cost));
        const want = all
          .filter(({ values }) => !all.some((other) => dominates(other.values, values)))
          .filter((point, _, kept) => !kept.some((other) => comesBefore(other, point)));
        assert.deepEqual(shown(combineGroups(groups, new RejectionLog())), shown(want));
      }),
      { numRuns: 60 },
    );
  });

  it('chooses nothing that another beats in one objective by more than can be told apart, and equals elsewhere', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const { front } = makePlan(given);
        for (const a of front) {
          const better = front.filter(
            ({ predicted: b }) =>
              b.accuracy >= a.predicted.accuracy &&
              b.trainingSeconds <= a.predicted.trainingSeconds &&
              b.interTokenLatencyMilliseconds <= a.predicted.interTokenLatencyMilliseconds &&
              b.timeToFirstTokenMilliseconds <= a.predicted.timeToFirstTokenMilliseconds &&
              known(b.hourlyCost) * 1.06 <= known(a.predicted.hourlyCost) &&
              known(b.trainingCost) * 1.06 <= known(a.predicted.trainingCost),
          );
          assert.deepEqual(better, []);
        }
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
