import { compareText } from '../text.ts';

/** Something with objectives, every one of them better when smaller. Infinity stands for unknown: behind every number. */
export interface Point {
  readonly name: string;
  readonly values: readonly number[];
}

/**
 * Exactly the points that no other point dominates, sorted by their values, then by name. Equal points do not dominate each
 * other, and all are kept. A point with NaN compares with nothing, and is left out.
 */
export function paretoFront<T extends Point>(points: readonly T[]): readonly T[] {
  const sorted = points.filter(isComparable).sort(byValuesThenName);
  return sorted[0]?.values.length === 2 ? sweep(sorted) : filter(sorted);
}

/** No worse anywhere and better somewhere. */
export function dominates(left: readonly number[], right: readonly number[]): boolean {
  let better = false;
  for (const [i, value] of left.entries()) {
    const other = right[i] ?? Number.NaN;
    if (!(value <= other)) return false;
    if (value < other) better = true;
  }
  return better;
}

export function byValuesThenName(left: Point, right: Point): number {
  for (const [i, value] of left.values.entries()) {
    const other = right.values[i] ?? Number.NaN;
    if (value < other) return -1;
    if (value > other) return 1;
  }
  return compareText(left.name, right.name);
}

function isComparable(point: Point): boolean {
  return !point.values.some(Number.isNaN);
}

/** Two objectives: in order of the first, a point survives when its second is below all before it (Kung 1975). */
function sweep<T extends Point>(sorted: readonly T[]): readonly T[] {
  const front: T[] = [];
  for (const point of sorted) {
    const last = front.at(-1);
    const [first, second = 0] = point.values;
    const [lastFirst, lastSecond = 0] = last?.values ?? [];
    if (!last || second < lastSecond || (second === lastSecond && first === lastFirst)) front.push(point);
  }
  return front;
}

/** Any number: whatever dominates a point sorts before it, so comparing with the front so far is enough. */
function filter<T extends Point>(sorted: readonly T[]): readonly T[] {
  const front: T[] = [];
  for (const point of sorted) {
    if (!front.some((kept) => dominates(kept.values, point.values))) front.push(point);
  }
  return front;
}
