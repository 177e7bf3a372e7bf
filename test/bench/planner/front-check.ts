import { dominates, paretoFront, type Point } from '../../../src/domain/planning/pareto.ts';
import { random, type Random } from './random-requests.ts';

/** Few distinct values, so that ties, duplicates, infinities and both zeros are frequent. */
function aValue(next: Random): number {
  const kind = next();
  if (kind < 0.1) return Infinity;
  if (kind < 0.2) return -0;
  if (kind < 0.3) return 0;
  return kind < 0.8 ? Math.floor(next() * 6) : next() * 6;
}

function somePoints(next: Random): readonly Point[] {
  const objectives = 2 + Math.floor(next() * 3);
  const values = Array.from({ length: Math.floor(next() * 60) }, () =>
    Array.from({ length: objectives }, () => aValue(next)),
  );
  const copies = values.filter(() => next() < 0.1);
  return [...values, ...copies].map((row, i) => ({ name: `p${i}`, values: row }));
}

function names(points: readonly Point[]): string {
  return points
    .map(({ name }) => name)
    .sort()
    .join();
}

/** Compares the front with what comparing every point with every other gives. */
export function countWrongFronts(cases: number, seed: number): { cases: number; points: number; wrong: number } {
  const next = random(seed);
  let [total, wrong] = [0, 0];
  for (let i = 0; i < cases; i += 1) {
    const points = somePoints(next);
    total += points.length;
    const brute = points.filter((point) => !points.some((other) => dominates(other.values, point.values)));
    if (names(paretoFront(points)) !== names(brute)) wrong += 1;
  }
  return { cases, points: total, wrong };
}
