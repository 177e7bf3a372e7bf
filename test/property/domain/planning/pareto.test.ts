import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dominates, paretoFront, type Point } from '../../../../src/domain/planning/pareto.ts';

/** Few distinct values, so that ties, duplicates, infinities and both zeros happen often. */
const value = fc.oneof(
  fc.integer({ min: 0, max: 6 }),
  fc.constantFrom(-0, 0, Infinity, Number.NaN),
  fc.double({ noNaN: true, min: 0, max: 9 }),
);

const pointsOf = (objectives: number): fc.Arbitrary<Point[]> =>
  fc
    .array(fc.array(value, { minLength: objectives, maxLength: objectives }), { maxLength: 40 })
    .map((rows) => rows.map((values, i) => ({ name: `p${i}`, values })));

const names = (points: readonly Point[]): string[] => points.map(({ name }) => name).sort();

function bruteForce(points: readonly Point[]): readonly Point[] {
  const comparable = points.filter(({ values }) => !values.some(Number.isNaN));
  return comparable.filter((point) => !comparable.some((other) => dominates(other.values, point.values)));
}

describe('the Pareto front, for any points', () => {
  for (const objectives of [1, 2, 3, 4, 5]) {
    it(`of ${objectives} objectives is what comparing all with all gives`, () => {
      fc.assert(
        fc.property(pointsOf(objectives), (points) =>
          assert.deepEqual(names(paretoFront(points)), names(bruteForce(points))),
        ),
        { numRuns: 2_000 },
      );
    });
  }

  it('does not depend on their order', () => {
    fc.assert(
      fc.property(
        pointsOf(4).chain((points) =>
          fc.tuple(fc.constant(points), fc.shuffledSubarray(points, { minLength: points.length })),
        ),
        ([points, shuffled]) => assert.deepEqual(paretoFront(shuffled), paretoFront(points)),
      ),
    );
  });

  it('does not change when dominated points go', () => {
    fc.assert(
      fc.property(pointsOf(3), (points) => assert.deepEqual(paretoFront(paretoFront(points)), paretoFront(points))),
    );
  });
});
