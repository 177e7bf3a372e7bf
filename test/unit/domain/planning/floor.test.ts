import assert from 'node:assert/strict';
import { floorStanding } from '../../../../src/domain/planning/floor.ts';
import { makePlan } from '../../../../src/domain/planning/plan.ts';
import { aProfile, aRequest, facts, planInputs } from './builders.ts';

const interval = { low: 0.4, point: 0.6, high: 0.8, basis: 'Predicted' } as const;
const standings: Record<string, { floor: number; want: string | null }> = {
  'at the lower bound is cleared by it': { floor: 0.4, want: 'LowerBound' },
  'between lower bound and estimate is cleared by the estimate': { floor: 0.5, want: 'Estimate' },
  'above the estimate is cleared by the upper bound': { floor: 0.7, want: 'UpperBound' },
  'above the upper bound is not cleared': { floor: 0.81, want: null },
};

describe('an accuracy floor', () => {
  for (const [name, { floor, want }] of Object.entries(standings))
    it(name, () => assert.equal(floorStanding(interval, floor), want));
});

describe('with two students', () => {
  const student = (name: string, correct: number, id: string) =>
    ({ name, role: 'Student', samples: 200, correct, facts: facts(id) }) as const;
  const models = [
    ...aProfile().models.filter(({ role }) => role === 'Teacher'),
    student('good', 160, 'Qwen/Qwen2.5-7B-Instruct'),
    student('small', 20, 'Qwen/Qwen2.5-0.5B-Instruct'),
  ];
  const planWith = (minAccuracy: number) =>
    makePlan(
      planInputs({
        profile: aProfile({ models }),
        request: aRequest({
          students: [{ name: 'good' }, { name: 'small' }],
          objective: { policy: 'TimeFirst' },
          constraints: { minAccuracy },
        }),
      }),
    );

  it('a low floor leaves the choice to the objective', () => assert.equal(planWith(0.1).selected?.student, 'small'));

  it('one that only the larger clears by its lower bound takes the larger, though the smaller trains faster', () => {
    const plan = planWith(0.75);
    assert.equal(plan.selected?.student, 'good');
    const lost = plan.rejected.filter(({ reason }) => reason === 'AccuracyBelowFloor');
    assert.match(lost[0]?.message ?? '', /^its lower bound 0\.\d+ is below the floor 0\.750/);
  });

  it('one above every lower bound is held against the estimates, and the plan says so', () => {
    const plan = planWith(0.85);
    assert.equal(plan.selected?.student, 'good');
    assert.ok(
      plan.notes.some((note) => note.includes('only the estimate reaches the floor')),
      plan.notes.join('\n'),
    );
  });

  it('one above everything names the floor as what stands in the way', () =>
    assert.equal(planWith(0.99).blocker?.reason, 'AccuracyBelowFloor'));
});
