import assert from 'node:assert/strict';
import { makePlan } from '../../../../src/domain/planning/plan.ts';
import { planStatus } from '../../../../src/domain/planning/plan-status.ts';
import { linearGrid, ratioGrid } from '../../../../src/domain/planning/resolution.ts';
import { tell } from '../../../../src/domain/planning/tell.ts';
import { settle } from '../../../../src/domain/planning/tie.ts';
import { aProfile, aRequest, h100Node, l4Node, planInputs, poolsOf, tinyFacts } from './builders.ts';

const grids: Record<string, { steps: number; want: number }> = {
  'the best is 0 steps from itself': { steps: ratioGrid(32, 0.1)(32), want: 0 },
  '33 s is not told apart from 32 s at 10 %': { steps: ratioGrid(32, 0.1)(33), want: 0 },
  '36 s is one step away': { steps: ratioGrid(32, 0.1)(36), want: 1 },
  'an unknown stays unknown': { steps: ratioGrid(32, 0.1)(Infinity), want: Infinity },
  'a best of zero has room below every other value': { steps: Math.min(1, ratioGrid(0, 0.1)(1)), want: 1 },
  'half a point of accuracy is no difference': { steps: linearGrid(0.2, 0.01)(0.205), want: 0 },
  'a whole point is, in floating point as well': { steps: linearGrid(0.2, 0.1)(0.3), want: 1 },
};

describe('the resolution of an objective', () => {
  for (const [name, { steps, want }] of Object.entries(grids)) it(name, () => assert.equal(steps, want));
});

describe('of candidates that are equal at that resolution', () => {
  const equal = (tie: Record<string, readonly number[]>) =>
    settle(Object.entries(tie).map(([name, order]) => ({ name, values: [1, 1], tie: order })));

  it('the cheaper one stays', () => assert.equal(equal({ a: [0, 2, 1], b: [0, 1, 8] }).front[0]?.name, 'b'));
  it('then the one with fewer GPUs', () => assert.equal(equal({ a: [0, 1, 8], b: [0, 1, 1] }).front[0]?.name, 'b'));
  it('then the first by name', () => assert.equal(equal({ b: [0, 1, 1], a: [0, 1, 1] }).front[0]?.name, 'a'));
  it('a known price goes before an unknown one', () =>
    assert.equal(equal({ a: [1, 0, 1], b: [0, 99, 8] }).front[0]?.name, 'b'));
  it('the others name the one that beat them', () =>
    assert.deepEqual(
      equal({ a: [0, 1, 1], b: [0, 2, 1] }).beaten.map(({ point, by }) => [point.name, by.name]),
      [['b', 'a']],
    ));
});

describe('a plan for a model so small that no hardware is faster than another', () => {
  const models = aProfile().models.map((model) => ({ ...model, facts: tinyFacts }));
  const profile = aProfile({ models, meanPromptTokens: 12, meanCompletionTokens: 5 });
  const request = aRequest({ students: [{ name: 'student', randomlyInitialised: true }] });
  const plan = makePlan(planInputs({ pools: poolsOf(h100Node(), l4Node()), profile, request }));

  it('takes one small GPU and not eight large ones', () => {
    assert.match(plan.selected?.trainingPool ?? '', /^l4/);
    assert.equal(plan.selected?.trainingGpus, 1);
  });

  it('says that nothing else is better', () => assert.match(plan.explanation, /None of the other \d+ feasible/));

  it('groups what was ruled out by place and reason', () => {
    const lines = planStatus(plan).rejected?.filter(({ reason }) => reason === 'Dominated') ?? [];
    const [training] = lines.filter(({ candidate }) => candidate.startsWith('training on h100'));
    assert.match(
      training?.message ?? '',
      /^4 ways, such as: .* is cheaper \(.*\); no different in accuracy and training time$/,
    );
  });
});

const sentences: Record<string, { text: string; want: string }> = {
  'a gain and a loss': {
    text: tell([
      { of: 'cost', ours: 10, theirs: 20, same: false },
      { of: 'trainingTime', ours: 12, theirs: 9, same: false },
    ]),
    want: 'cheaper (10.00 against 20.00), but slower to train (12.0 s against 9.00 s)',
  },
  'equal but for one': {
    text: tell([
      { of: 'accuracy', ours: 0.2, theirs: 0.2, same: true },
      { of: 'latency', ours: 0.25, theirs: 0.5, same: false },
    ]),
    want: 'faster to answer (250 ms against 500 ms); no different in accuracy',
  },
  'an unknown cost': {
    text: tell([{ of: 'cost', ours: 5, theirs: Infinity, same: false }]),
    want: 'cheaper (5.00 against an unknown cost)',
  },
  'no difference at all': {
    text: tell([{ of: 'accuracy', ours: 0.2, theirs: 0.2, same: true }]),
    want: 'no different in accuracy',
  },
};

describe('a comparison in words', () => {
  for (const [name, { text, want }] of Object.entries(sentences)) it(`tells ${name}`, () => assert.equal(text, want));
});
