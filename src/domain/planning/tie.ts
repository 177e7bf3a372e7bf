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

/** The exact front, and of those equal in every objective the first by tie-break only. */
export function settle<T extends Tied>(points: readonly T[]): Settled<T> {
  const front = paretoFront(firstOfEqual(points));
  const kept = new Set(front);
  const beaten = points.flatMap((point) => {
    if (kept.has(point)) return [];
    const by = front.find(({ values }) => isNowhereWorse(values, point.values));
    return by ? [{ point, by }] : [];
  });
  return { front, beaten };
}

function firstOfEqual<T extends Tied>(points: readonly T[]): readonly T[] {
  const first = new Map<string, T>();
  for (const point of points) {
    const key = point.values.join(' ');
    const other = first.get(key);
    if (!other || compareTies(point, other) < 0) first.set(key, point);
  }
  return [...first.values()];
}

export function compareTies(left: Tied, right: Tied): number {
  for (let i = 0; i < left.tie.length; i += 1) {
    const mine = left.tie[i] ?? 0;
    const other = right.tie[i] ?? 0;
    if (mine !== other) return mine < other ? -1 : 1;
  }
  return compareText(left.name, right.name);
}

function isNowhereWorse(left: readonly number[], right: readonly number[]): boolean {
  return left.every((value, i) => value <= (right[i] ?? Number.NaN));
}
