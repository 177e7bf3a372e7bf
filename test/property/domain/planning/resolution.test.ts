import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dominates } from '../../../../src/domain/planning/pareto.ts';
import { linearGrid, ratioGrid } from '../../../../src/domain/planning/resolution.ts';
import { compareTies, settle } from '../../../../src/domain/planning/tie.ts';

const amount = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
const resolution = fc.double({ min: 0.001, max: 0.5, noNaN: true });

const point = fc.record({
  values: fc.array(fc.constantFrom(0, -0, 1, 2, Infinity), { minLength: 4, maxLength: 4 }),
  tie: fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })),
  name: fc.string({ minLength: 1, maxLength: 2 }),
});

describe('a grid', () => {
  it('never puts a larger value before a smaller one', () => {
    fc.assert(
      fc.property(amount, amount, amount, resolution, (best, a, b, r) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        for (const grid of [ratioGrid(best, r), linearGrid(best, r)]) assert.ok(grid(less) <= grid(more));
      }),
    );
  });

  it('puts values that differ by two steps into different cells, and those within one of the best into the first', () => {
    fc.assert(
      fc.property(amount, resolution, fc.double({ min: 0, max: 0.99, noNaN: true }), (best, r, part) => {
        const grid = ratioGrid(best, r);
        assert.equal(grid(best * (1 + r * part)), 0);
        assert.ok(grid(best * (1 + r) ** 2.01) > 0);
      }),
    );
  });
});

describe('settling a front', () => {
  it('keeps one of each best vector of values, the first by tie-break, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(point, { maxLength: 30 }), (points) => {
        const { front, beaten } = settle(points);
        const best = points.filter(({ values }) => !points.some((other) => dominates(other.values, values)));
        assert.equal(front.length, new Set(best.map(({ values }) => values.map((v) => v + 0).join())).size);
        for (const kept of front) {
          const equal = best.filter(({ values }) => values.every((value, i) => value === kept.values[i]));
          assert.ok(equal.every((other) => compareTies(kept, other) <= 0));
        }
        const order = (found: typeof front): readonly string[] =>
          found.map((p) => JSON.stringify([p.values, p.tie, p.name]));
        assert.deepEqual(order(settle(points.toReversed()).front), order(front));
        assert.equal(front.length + beaten.length, points.length);
      }),
      { numRuns: 500 },
    );
  });
});
