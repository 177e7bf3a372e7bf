import { compareText } from '../text.ts';
import { paretoFront, type Point } from './pareto.ts';

/** A point whose equals are told apart by something other than its objectives. */
export interface Tied extends Point {
  /** Compared in order, less first: what decides where the objectives do not. Names decide last. */
  readonly tie: readonly number[];
}

export interface Beaten<T> {
  readonly point: T;
  /** On the front, and nowhere worse. */
  readonly by: T;
}

export interface Settled<T> {
  /** No two of them equal in all objectives. */
  readonly front: readonly T[];
  readonly beaten: readonly Beaten<T>[];
}

/** So few points are compared with those kept so far, one by one, sooner than they are sorted. */
const FEW = 40;

/** The exact front, and of those equal in every objective the first by tie-break only. */
export function settle<T extends Tied>(points: readonly T[]): Settled<T> {
  return points.length <= FEW ? settleFew(points) : settleMany(points);
}

/** Every point drops those it beats, and is dropped by the first that beats it. */
function settleFew<T extends Tied>(points: readonly T[]): Settled<T> {
  const front: T[] = [];
  const beaten: { point: T; by: T }[] = [];
  const dropped = new Map<T, T>();
  for (const point of points) {
    if (point.values.some(Number.isNaN)) continue;
    const by = firstThatBeats(front, point);
    if (by) {
      beaten.push({ point, by });
      continue;
    }
    for (let i = front.length - 1; i >= 0; i -= 1) {
      const kept = front[i];
      if (!kept || !beats(point, kept)) continue;
      front.splice(i, 1);
      dropped.set(kept, point);
      beaten.push({ point: kept, by: point });
    }
    front.push(point);
  }
  // Whoever was dropped later passes on what it had beaten.
  const survivor = (point: T): T => {
    const by = dropped.get(point);
    return by ? survivor(by) : point;
  };
  for (const entry of beaten) entry.by = survivor(entry.by);
  return { front: front.sort((a, b) => compareNumbers(a.values, b.values) || compareTies(a, b)), beaten };
}

function firstThatBeats<T extends Tied>(front: readonly T[], point: T): T | undefined {
  for (const kept of front) if (beats(kept, point)) return kept;
  return undefined;
}

/** Nowhere worse, and before it where they are equal. */
function beats(left: Tied, right: Tied): boolean {
  if (!isNowhereWorse(left.values, right.values)) return false;
  return !isNowhereWorse(right.values, left.values) || compareTies(left, right) < 0;
}

function settleMany<T extends Tied>(points: readonly T[]): Settled<T> {
  const front = paretoFront(firstOfEqual(points));
  const kept = new Set(front);
  const beaten = points.flatMap((point) => {
    if (kept.has(point)) return [];
    const by = front.find(({ values }) => isNowhereWorse(values, point.values));
    return by ? [{ point, by }] : [];
  });
  return { front, beaten };
}

/** Sorted by values, then by tie-break; of a run of equal values only the first. */
function firstOfEqual<T extends Tied>(points: readonly T[]): readonly T[] {
  const sorted = points.toSorted((a, b) => compareNumbers(a.values, b.values) || compareTies(a, b));
  return sorted.filter((point, i) => {
    const before = sorted[i - 1];
    return before === undefined || compareNumbers(before.values, point.values) !== 0;
  });
}

export function compareTies(left: Tied, right: Tied): number {
  return compareNumbers(left.tie, right.tie) || compareText(left.name, right.name);
}

/** Not by subtraction: the difference of two unknowns is no number. */
function compareNumbers(left: readonly number[], right: readonly number[]): number {
  for (let i = 0; i < left.length; i += 1) {
    const mine = left[i] ?? 0;
    const other = right[i] ?? 0;
    if (mine < other) return -1;
    if (mine > other) return 1;
  }
  return 0;
}

function isNowhereWorse(left: readonly number[], right: readonly number[]): boolean {
  for (let i = 0; i < left.length; i += 1) if (!((left[i] ?? 0) <= (right[i] ?? Number.NaN))) return false;
  return true;
}
