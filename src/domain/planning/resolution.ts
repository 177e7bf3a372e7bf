/**
 * What the estimators can tell apart. Their errors are in `docs/planner.md`; most of an error is shared by all candidates of
 * one plan (the same model, the same formula), so a difference between two of them is known better than either. Still, 32 s
 * against 33 s is no difference: objectives are compared in whole steps of these.
 */
export const RESOLUTION = {
  /** A difference of one answer in a hundred; the probes behind it are shared by the candidates. */
  accuracy: 0.01,
  /** By ratio. Inter-token latency is off by 7 % in the median, and ranks hardware right in 97 of 100 pairs. */
  latency: 0.05,
  /** By ratio. Twelve published rates of training are predicted 18 % too slow in the mean, all of them on the same side. */
  trainingTime: 0.1,
  /** By ratio. Prices are exact; the seconds and replicas that they are multiplied by are not. */
  cost: 0.05,
} as const;

/** Differences that matter in full: of less, the choice counts only the part. A doubling, or ten points of accuracy. */
const FULL_RATIO = 2;
const FULL_ACCURACY = 0.1;

export type ObjectiveName = keyof typeof RESOLUTION;

/** Maps a value to the number of whole steps between it and the best one; equal for what cannot be told apart from the best. */
export type Grid = (value: number) => number;

/**
 * Steps by ratio, counted from the best value, so that whatever is within one step of the best is as good as the best.
 * Monotone; unknown (Infinity) stays unknown.
 */
export function ratioGrid(best: number, resolution: number): Grid {
  const anchor = Math.max(best, Number.MIN_VALUE);
  const step = Math.log1p(resolution);
  return (value) => (Number.isFinite(value) ? Math.max(0, Math.floor(Math.log(value / anchor) / step)) : value);
}

/** Steps by difference, for a value in [0, 1]. */
export function linearGrid(best: number, resolution: number): Grid {
  // The small share of a step keeps 0.3 - 0.2 from being less than 0.1.
  return (value) => Math.max(0, Math.floor((value - best) / resolution + 1e-9));
}

/** Steps along which a difference counts in full. */
export function fullSteps(objective: ObjectiveName): number {
  if (objective === 'accuracy') return FULL_ACCURACY / RESOLUTION.accuracy;
  return Math.log(FULL_RATIO) / Math.log1p(RESOLUTION[objective]);
}
