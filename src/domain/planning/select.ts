import type { PlanRequest, Policy, Weights } from './request.ts';
import { fullSteps } from './resolution.ts';
import { compareTies, type Tied } from './tie.ts';

/** The order of a candidate's objectives; all are minimised, so accuracy enters as its shortfall from 1. */
const OBJECTIVES = ['accuracy', 'latency', 'trainingTime', 'cost'] as const;

/** Which objective each policy puts first; Balanced puts none first. */
const LEADING: Readonly<Record<Policy, number | null>> = {
  Balanced: null,
  AccuracyFirst: 0,
  LatencyFirst: 1,
  TimeFirst: 2,
  CostFirst: 3,
};

export interface Ranked<T> {
  readonly item: T;
  /** Smaller is better; comparable only within one front. */
  readonly score: number;
}

/**
 * Orders a front, best first. Each objective is scaled to [0, 1] over the front, 0 best; one along which the front differs by
 * less than matters in full (`fullSteps`) is scaled to less than 1. Balanced: the knee, that is the least Euclidean distance
 * to the corner where everything is best. Weights: the least weighted mean. A policy that puts one objective first: the least
 * of that one, ties by the knee. Then the tie-break, then the name, always.
 */
export function rankFront<T extends Tied>(
  front: readonly T[],
  objective: PlanRequest['objective'],
): readonly Ranked<T>[] {
  const scaled = scaleFront(front);
  const weights = 'weights' in objective ? usableWeights(objective.weights) : null;
  const leading = 'policy' in objective ? LEADING[objective.policy] : null;
  const ranked = front.map((item, i) => {
    const row = scaled[i] ?? [];
    return {
      item,
      lead: leading === null ? 0 : (item.values[leading] ?? 0),
      score: weights ? weightedMean(row, weights) : distance(row),
    };
  });
  ranked.sort(
    (a, b) => compareNumbers(a.lead, b.lead) || compareNumbers(a.score, b.score) || compareTies(a.item, b.item),
  );
  return ranked.map(({ item, score }) => ({ item, score }));
}

/** Null when they sum to nothing or are not weights: the caller says so and falls back to Balanced. */
export function usableWeights(weights: Weights): Weights | null {
  const values = OBJECTIVES.map((name) => weights[name]);
  const valid = values.every((value) => Number.isFinite(value) && value >= 0);
  return valid && values.some((value) => value > 0) ? weights : null;
}

function scaleFront(front: readonly Tied[]): readonly (readonly number[])[] {
  const columns = OBJECTIVES.map((name, k) =>
    scaleColumn(
      front.map(({ values }) => values[k] ?? 0),
      fullSteps(name),
    ),
  );
  return front.map((_, i) => columns.map((column) => column[i] ?? 0));
}

/** An unknown value is as bad as the worst one known, and never better than 1; when all are unknown it says nothing. */
function scaleColumn(steps: readonly number[], full: number): readonly number[] {
  const known = steps.filter(Number.isFinite);
  const best = known.reduce((least, value) => Math.min(least, value), Infinity);
  const worst = known.reduce((most, value) => Math.max(most, value), -Infinity);
  const range = Math.max(worst - best, full);
  return steps.map((value) => {
    if (!Number.isFinite(value)) return known.length > 0 ? 1 : 0;
    return (value - best) / range;
  });
}

function distance(row: readonly number[]): number {
  return Math.sqrt(row.reduce((sum, value) => sum + value ** 2, 0) / row.length);
}

function weightedMean(row: readonly number[], weights: Weights): number {
  const total = OBJECTIVES.reduce((sum, name) => sum + weights[name], 0);
  return OBJECTIVES.reduce((sum, name, i) => sum + weights[name] * (row[i] ?? 0), 0) / total;
}

/** Infinity equals itself here, where subtraction would give NaN. */
function compareNumbers(left: number, right: number): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
