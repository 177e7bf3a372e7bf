import { compareText } from '../text.ts';
import { PrefixMinimum } from './prefix-minimum.ts';

/** Something with objectives, every one of them better when smaller. Infinity stands for unknown: behind every number. */
export interface Point {
  readonly name: string;
  readonly values: readonly number[];
}

/** Cells of the table for the middle objectives that are worth their memory; past it, points are compared one by one. */
const MAX_CELLS = 1 << 22;

/**
 * Exactly the points that no other point dominates, sorted by their values, then by name. Equal points do not dominate each
 * other, and all are kept. A point with NaN compares with nothing, and is left out.
 *
 * In lexicographic order a point can only be dominated by one before it, and the first objective then says nothing more.
 * For two to four objectives the question "is the last one's minimum, over all before that are no worse in the middle
 * ones, at most mine?" is a prefix minimum: O(n log n) for two and three, O(n log² n) for four (Kung, Luccio, Preparata 1975).
 */
export function paretoFront<T extends Point>(points: readonly T[]): readonly T[] {
  const sorted = points.filter(isComparable).sort(byValuesThenName);
  const dimensions = sorted[0]?.values.length ?? 0;
  if (dimensions < 2 || dimensions > 4) return compareEach(sorted);
  const middle = Array.from({ length: dimensions - 2 }, (_, k) => ranksOf(sorted, k + 1));
  const cells = middle.reduce((product, ranks) => product * ranks.size, 1);
  return cells > MAX_CELLS ? compareEach(sorted) : sweep(sorted, middle);
}

/** No worse anywhere and better somewhere. */
export function dominates(left: readonly number[], right: readonly number[]): boolean {
  let better = false;
  for (let i = 0; i < left.length; i += 1) {
    const mine = left[i] ?? Number.NaN;
    const other = right[i] ?? Number.NaN;
    if (!(mine <= other)) return false;
    if (mine < other) better = true;
  }
  return better;
}

function byValuesThenName(left: Point, right: Point): number {
  return compareValues(left.values, right.values) || compareText(left.name, right.name);
}

function compareValues(left: readonly number[], right: readonly number[]): number {
  for (let i = 0; i < left.length; i += 1) {
    const mine = left[i] ?? Number.NaN;
    const other = right[i] ?? Number.NaN;
    if (mine < other) return -1;
    if (mine > other) return 1;
  }
  return 0;
}

function isComparable(point: Point): boolean {
  return !point.values.some(Number.isNaN);
}

type Ranks = ReadonlyMap<number, number>;

/** The place of each value of one objective among its distinct values. */
function ranksOf(points: readonly Point[], k: number): Ranks {
  const distinct = [...new Set(points.map(({ values }) => values[k] ?? 0))].sort((a, b) =>
    a < b ? -1 : a > b ? 1 : 0,
  );
  return new Map(distinct.map((value, rank) => [value, rank]));
}

/** Equal points are asked about before any of them is entered, so that they do not dominate each other. */
function sweep<T extends Point>(sorted: readonly T[], middle: readonly Ranks[]): readonly T[] {
  const [rows, columns] = middle;
  const last = ranksOf(sorted, middle.length + 1);
  const seen = new PrefixMinimum(rows?.size ?? 1, columns?.size ?? 1);
  return runsOfEqual(sorted).flatMap((run) => {
    const values = run[0]?.values ?? [];
    const row = rankOf(rows, values[1]);
    const column = rankOf(columns, values[2]);
    const rank = rankOf(last, values.at(-1));
    if (seen.upTo(row, column) <= rank) return [];
    seen.enter(row, column, rank);
    return run;
  });
}

/** An objective that is not there is a table one cell wide. */
function rankOf(ranks: Ranks | undefined, value: number | undefined): number {
  return ranks?.get(value ?? 0) ?? 0;
}

function runsOfEqual<T extends Point>(sorted: readonly T[]): readonly (readonly T[])[] {
  const runs: T[][] = [];
  for (const point of sorted) {
    const run = runs.at(-1);
    if (run?.[0] && compareValues(run[0].values, point.values) === 0) run.push(point);
    else runs.push([point]);
  }
  return runs;
}

/** Any number of objectives: whatever dominates a point is, or is dominated by, one on the front before it. */
function compareEach<T extends Point>(sorted: readonly T[]): readonly T[] {
  const front: T[] = [];
  for (const point of sorted) {
    if (!front.some((kept) => dominates(kept.values, point.values))) front.push(point);
  }
  return front;
}
