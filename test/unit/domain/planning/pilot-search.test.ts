import assert from 'node:assert/strict';
import { findContest } from '../../../../src/domain/planning/contenders.ts';
import { pilotSize } from '../../../../src/domain/planning/pilot-size.ts';
import { trialsFor } from '../../../../src/domain/planning/pilot-search.ts';
import { workloadOf } from '../../../../src/domain/planning/workload.ts';
import type { Money } from '../../../../src/domain/money.ts';
import type { PlanInputs } from '../../../../src/domain/planning/request.ts';
import { fourStudents, noLimits, playSearch, studentsOf } from './pilot-builders.ts';

const policy = (name: 'AccuracyFirst' | 'CostFirst') => ({ objective: { policy: name } });
const accurate = fourStudents(policy('AccuracyFirst'));
const cheapest = fourStudents({ ...policy('CostFirst'), students: [{ name: 's0-5b' }, { name: 's7b' }] });

describe('which recipes are worth a trial', () => {
  const cases: Record<string, { inputs: PlanInputs; want: number; open: boolean }> = {
    'all whose intervals overlap that of the most accurate, when accuracy decides': {
      inputs: accurate,
      want: 4,
      open: true,
    },
    'only those that cost the same, when the cheapest is taken': {
      inputs: fourStudents(policy('CostFirst')),
      want: 2,
      open: true,
    },
    'none, when the cheapest is taken whatever it scores': { inputs: cheapest, want: 1, open: false },
    'the cheapest, when it is not sure to clear the floor, and those that would take its place': {
      inputs: fourStudents({ ...policy('CostFirst'), constraints: { minAccuracy: 0.8 } }),
      want: 4,
      open: true,
    },
    'the strategies of a teacher that the probe leaves open': {
      inputs: fourStudents(
        {
          ...policy('AccuracyFirst'),
          students: [{ name: 's7b' }],
          strategy: { mode: 'Auto', alignmentThreshold: 0.5, samplesPerPrompt: 1, rationale: false, open: true },
        },
        100,
      ),
      want: 3,
      open: true,
    },
    'none, when there is one recipe': {
      inputs: fourStudents({ ...policy('AccuracyFirst'), students: [{ name: 's7b' }] }),
      want: 1,
      open: false,
    },
    'none, when nothing is feasible': { inputs: { ...accurate, pools: [] }, want: 0, open: false },
  };
  for (const [name, { inputs, want, open }] of Object.entries(cases)) {
    it(name, () => {
      const contest = findContest(inputs);
      const students = contest.contenders.map(({ recipe }) => `${recipe.student} ${recipe.strategy}`);
      assert.deepEqual([students.length, contest.open], [want, open], students.join(', '));
    });
  }
});

describe('how many trials halving takes', () => {
  const cases: Record<number, number> = { 1: 1, 2: 2, 3: 5, 4: 6, 5: 10, 8: 14, 16: 30 };
  for (const [recipes, want] of Object.entries(cases))
    it(`${want} for ${recipes} recipes`, () => assert.equal(trialsFor(Number(recipes)), want));
});

describe('the size of a trial', () => {
  const workload = { ...workloadOf(accurate), rows: 16_000, epochs: 1, batchSize: 10, maxSteps: 0 };
  const stepsAt = (rung: number, warmup = 20, rows = 16_000) => pilotSize(rung, { ...workload, rows }, warmup)?.steps;

  it('is a sixteenth of the whole run, then doubles three times', () =>
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((rung) => stepsAt(rung)),
      [100, 200, 400, 800, undefined],
    ));
  it('is at least twice the warm-up', () => assert.equal(stepsAt(0, 300), 600));
  it('is never more than the whole run, and no longer one follows the whole', () =>
    assert.deepEqual(
      [0, 1].map((rung) => stepsAt(rung, 20, 300)),
      [30, undefined],
    ));
  it('learns from as many rows as its steps take', () =>
    assert.deepEqual(pilotSize(0, workload, 20), { steps: 100, rows: 1000 }));
});

describe('a search', () => {
  const scores: Record<string, number> = { 's0-5b': 150, 's1-5b': 130, s3b: 110, s7b: 90 };
  const score = ({ recipe }: { recipe: { student: string } }) => scores[recipe.student] ?? 0;

  it('tries each for as long as the others, drops the worse half, and tries the rest twice as long', () => {
    const played = playSearch({ inputs: accurate, limits: noLimits, result: score });
    assert.deepEqual(studentsOf(played).slice(0, 4).toSorted(), ['s0-5b', 's1-5b', 's3b', 's7b']);
    assert.deepEqual(studentsOf(played).slice(4).toSorted(), ['s0-5b', 's1-5b']);
    const steps = played.starts.map(({ size }) => size.steps);
    assert.deepEqual(new Set(steps.slice(0, 4)).size, 1);
    assert.equal(steps[4], 2 * (steps[0] ?? 0));
    assert.equal(played.end.reason, 'PilotsMeasured');
  });

  it('starts with no more than can be halved within the limit', () => {
    const played = playSearch({ inputs: accurate, limits: { ...noLimits, maxPilots: 3 }, result: score });
    assert.equal(played.starts.length, 2);
  });

  it('tries nothing that could not change the choice', () => {
    const played = playSearch({ inputs: cheapest, limits: noLimits, result: score });
    assert.deepEqual([played.starts.length, played.end.reason], [0, 'NothingToDecide']);
  });

  it('is over as soon as what is left cannot change the choice', () => {
    // The rest of a whole run could not bring more than this one has already.
    const sure = {
      ...accurate,
      request: { ...accurate.request, training: { ...accurate.request.training, maxSteps: 40 } },
    };
    const played = playSearch({ inputs: sure, limits: noLimits, result: () => 200 });
    assert.ok(played.starts.length < 4, `${played.starts.length} trials`);
    assert.equal(played.end.reason, 'ChoiceDecided');
  });

  it('rules out what fails, and goes on with the others', () => {
    const played = playSearch({
      inputs: accurate,
      limits: noLimits,
      result: (pilot) => (pilot.recipe.student === 's0-5b' ? 'fails' : score(pilot)),
    });
    const failed = played.end.pilots.filter(({ state }) => state === 'Failed');
    assert.deepEqual(
      failed.map(({ recipe }) => recipe.student),
      ['s0-5b'],
    );
    assert.ok(played.starts.length > 4);
  });

  it('starts nothing that is expected to cost more than is left, and says so', () => {
    const played = playSearch({ inputs: accurate, limits: { ...noLimits, money: 1000n as Money }, result: score });
    assert.deepEqual([played.starts.length, played.end.reason], [0, 'PilotBudgetSpent']);
    assert.match(played.end.message, /^the next trial is expected to cost \d+\.\d\d USD, and 0\.00 of the 0\.01/);
  });

  it('goes on with one recipe alone while its floor is open', () => {
    const one = fourStudents({ students: [{ name: 's7b' }], constraints: { minAccuracy: 0.7 } });
    const played = playSearch({ inputs: one, limits: noLimits, result: () => 130 });
    assert.ok(played.starts.length > 1);
    assert.deepEqual(new Set(studentsOf(played)), new Set(['s7b']));
  });
});
