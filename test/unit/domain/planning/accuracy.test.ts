import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expectedAccuracy, pilotedAccuracy } from '../../../../src/domain/planning/accuracy.ts';
import { wilson } from '../../../../src/domain/statistics.ts';

const prior = { low: 0.1, point: 0.5, high: 0.9 };
const near = (actual: number | undefined, wanted: number) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - wanted) < 5e-4, `${actual} is not ${wanted}`);

describe('the accuracy that a trial run leads to expect', () => {
  it('is what it measured, when the trial was the whole run', () => {
    const expected = pilotedAccuracy(prior, { steps: 400, samples: 200, correct: 120 }, 400);
    assert.deepEqual(expected, { ...wilson(120, 200), basis: 'Piloted' });
  });

  it('of a sixteenth of the run begins at its lower bound, and ends close to what was thought possible', () => {
    const expected = pilotedAccuracy(prior, { steps: 25, samples: 200, correct: 120 }, 400);
    const measured = wilson(120, 200);
    near(expected?.low, measured?.low ?? 0);
    near(expected?.point, 1 - 0.4 * (1 / 16) ** 0.2);
    near(expected?.high, (measured?.high ?? 0) + (15 / 16) * (0.9 - (measured?.high ?? 0)));
  });

  it('may end above what was thought possible, if that is what it measured', () => {
    const expected = pilotedAccuracy({ ...prior, high: 0.4 }, { steps: 25, samples: 200, correct: 120 }, 400);
    near(expected?.high, wilson(120, 200)?.high ?? 0);
    assert.ok((expected?.point ?? 1) <= (expected?.high ?? 0));
  });

  it('is nothing, where nothing was answered', () =>
    assert.equal(pilotedAccuracy(prior, { steps: 25, samples: 0, correct: 0 }, 400), null));

  it('is ordered, within [0, 1], grows with what was right, and narrows with the length of the trial', () => {
    const counts = fc.tuple(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 1, max: 999 }),
    );
    fc.assert(
      fc.property(counts, ([samples, right, steps]) => {
        const correct = Math.min(samples, right);
        const at = (wins: number, made: number) =>
          pilotedAccuracy(prior, { steps: made, samples, correct: wins }, 1000);
        const expected = at(correct, steps);
        assert.ok(expected && expected.low >= 0 && expected.high <= 1);
        assert.ok(expected.low <= expected.point + 1e-12 && expected.point <= expected.high + 1e-12);
        const better = at(Math.min(samples, correct + 1), steps);
        assert.ok(better && better.point >= expected.point && better.low >= expected.low);
        const longer = at(correct, steps + 1);
        assert.ok(longer && longer.high - longer.low <= expected.high - expected.low + 1e-12);
      }),
    );
  });
});

describe('the accuracy that a mixture leads to expect', () => {
  const pair = { student: wilson(20, 200), method: 'Full' } as const;
  const of = (strategy: 'KnowledgeAlignment' | 'KnowledgeInjection' | 'KnowledgeMixture', correct: number) =>
    expectedAccuracy({ ...pair, strategy, teacher: wilson(correct, 200) });

  it('lies between those of its parts, and is as uncertain as the less certain one', () => {
    const [aligned, injected, mixed] = [
      of('KnowledgeAlignment', 100),
      of('KnowledgeInjection', 100),
      of('KnowledgeMixture', 100),
    ];
    assert.ok(mixed.point >= Math.min(aligned.point, injected.point));
    assert.ok(mixed.point <= Math.max(aligned.point, injected.point));
    assert.deepEqual([mixed.low, mixed.high, mixed.basis], [Math.min(aligned.low, injected.low), 1, 'Unmeasured']);
  });
});
