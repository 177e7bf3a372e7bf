import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addMoney,
  compareMoney,
  costOfSeconds,
  type Money,
  subtractMoney,
  ZERO_MONEY,
} from '../../../../src/domain/money.ts';
import { PILOT_STOP_SECONDS } from '../../../../src/domain/planning/constants.ts';
import { fourStudents, noLimits, playSearch } from '../../../unit/domain/planning/pilot-builders.ts';

const outcome = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 1, arbitrary: fc.constant('fails' as const) },
);

const search = fc.record({
  maxPilots: fc.integer({ min: 0, max: 32 }),
  money: fc.option(fc.bigInt({ min: 0n, max: 40_000_000n }), { nil: null }) as fc.Arbitrary<Money | null>,
  outcomes: fc.array(outcome, { minLength: 32, maxLength: 32 }),
  /** How much longer than expected each trial takes. */
  stretches: fc.array(fc.double({ min: 0.1, max: 50, noNaN: true }), { minLength: 32, maxLength: 32 }),
  policy: fc.constantFrom(
    'Balanced',
    'AccuracyFirst',
    'CostFirst',
    'TimeFirst',
    'LatencyFirst',
  ) as fc.Arbitrary<'Balanced'>,
  floor: fc.option(fc.double({ min: 0.05, max: 0.95, noNaN: true }), { nil: undefined }),
  teacher: fc.integer({ min: 10, max: 200 }),
  open: fc.boolean(),
});

describe('whatever trials find', () => {
  it('the search ends within its number of trials, never spends more than its money, and does the same again', () => {
    fc.assert(
      fc.property(search, ({ maxPilots, money, outcomes, stretches, policy, floor, teacher, open }) => {
        const constraints = floor === undefined ? {} : { minAccuracy: floor };
        const strategy = {
          mode: 'Auto',
          alignmentThreshold: 0.5,
          samplesPerPrompt: 1,
          rationale: false,
          open,
        } as const;
        const inputs = fourStudents({ objective: { policy }, constraints, strategy }, teacher);
        const play = () =>
          playSearch({
            inputs,
            limits: { ...noLimits, maxPilots, money },
            result: (_, run) => outcomes[run] ?? 0,
            cost: (step) => {
              const { hourly, seconds, cost } = step.estimate;
              if (hourly === null || cost === null) return ZERO_MONEY;
              const wanted = seconds * (stretches[step.pilots.length % 32] ?? 1);
              // The Job's deadline stops the pod, which then takes its grace period.
              const held = Math.min(wanted, (step.deadlineSeconds ?? Infinity) + PILOT_STOP_SECONDS);
              return addMoney(subtractMoney(cost, costOfSeconds(hourly, seconds)), costOfSeconds(hourly, held));
            },
          });
        const played = play();
        assert.ok(played.starts.length <= maxPilots, `${played.starts.length} of ${maxPilots} trials`);
        // Each rounding is up to the next millionth.
        if (money !== null)
          assert.ok(compareMoney(played.spent, (money + 64n) as Money) <= 0, `${played.spent} of ${money}`);
        assert.ok(played.end.pilots.every(({ state }) => state !== 'Pending' && state !== 'Running'));
        const text = (value: unknown) =>
          JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? String(item) : item));
        assert.equal(text(play()), text(played));
      }),
      { numRuns: 60 },
    );
  }).timeout(60_000);
});
