import assert from 'node:assert/strict';
import fc from 'fast-check';
import { makePlan, type PlanResult } from '../../../../src/domain/planning/plan.ts';
import { planStatus } from '../../../../src/domain/planning/plan-status.ts';
import type { PlanInputs } from '../../../../src/domain/planning/request.ts';
import { aRequest, planInputs } from '../../../unit/domain/planning/builders.ts';

const INPUTS = planInputs({
  request: aRequest({
    constraints: {
      minAccuracy: 0.3,
      maxTrainingSeconds: 86_400,
      budget: { currency: 'USD', amount: '500' },
      serving: { requestsPerSecond: 2, inputTokens: 500, outputTokens: 100, maxHourlyCost: '100' },
    },
    objective: { weights: { accuracy: 1, latency: 1, trainingTime: 1, cost: 1 } },
    quantizations: ['None', 'FP8'],
  }),
  calibration: [{ quantity: 'Training', device: 'H100-SXM', version: 'v', method: 'Full', runs: 3, factor: 1.2 }],
});

type Path = readonly (string | number)[];

/** Every number and every text of the inputs. */
function leaves(value: unknown, path: Path = []): readonly { path: Path; value: number | string }[] {
  if (typeof value === 'number' || typeof value === 'string') return [{ path, value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
}

function poisoned(inputs: unknown, [key, ...rest]: Path, poison: unknown): unknown {
  if (key === undefined) return poison;
  const copy = Array.isArray(inputs) ? [...inputs] : { ...(inputs as object) };
  return Object.assign(copy, { [key]: poisoned((copy as Record<string, unknown>)[key], rest, poison) });
}

/** Names and choices from a closed list are the API server's business; numbers and amounts are ours. */
const LEAVES = leaves(INPUTS).filter(
  ({ path, value }) =>
    typeof value === 'number' || ['amount', 'perNodeHour', 'maxHourlyCost'].includes(String(path.at(-1))),
);
const numbers = fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -0, -1, 1e-300, 1e308, 0.5);
const texts = fc.constantFrom('', 'NaN', '-5', '0', '0.00', '1e9', 'Infinity', '99999999999999999999');

const poison: fc.Arbitrary<{ inputs: PlanInputs; path: string }> = fc.constantFrom(...LEAVES).chain(({ path, value }) =>
  (typeof value === 'number' ? numbers : texts).map((bad: unknown) => ({
    inputs: poisoned(INPUTS, path, bad) as PlanInputs,
    path: `${path.join('.')} = ${String(bad)}`,
  })),
);

/** A plan says what it chose, in figures that mean something, or what stands in the way. */
function check(plan: PlanResult): void {
  if (plan.selected === null) {
    assert.match(plan.blocker?.reason ?? '', /^[A-Z][A-Za-z]+$/);
    assert.notEqual(plan.blocker?.message ?? '', '');
    return;
  }
  for (const { predicted, objectives } of plan.front) {
    for (const [name, value] of Object.entries({ ...predicted, ...objectives })) {
      if (typeof value === 'number') assert.ok(Number.isFinite(value) && value >= 0, `${name} is ${value}`);
    }
    assert.ok(predicted.trainingSeconds > 0 && predicted.interTokenLatencyMilliseconds > 0, 'a time of nothing');
    assert.ok(predicted.hourlyCost === null || Number(predicted.hourlyCost) > 0, 'served for nothing');
    assert.ok(objectives.cost === null || objectives.cost > 0, 'a silent zero');
  }
}

describe('a plan with a number or an amount that makes no sense,', () => {
  it('wherever it stands, is a reason or a plan in sound figures, and never a crash or a silent zero', () => {
    fc.assert(
      fc.property(poison, ({ inputs, path }) => {
        try {
          const plan = makePlan(inputs);
          check(plan);
          planStatus(plan);
        } catch (cause) {
          throw new Error(`with ${path}`, { cause });
        }
      }),
      { numRuns: 400 },
    );
  });
});
