/** Intervals for proportions. */

interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface Proportion extends Interval {
  readonly point: number;
}

/** The two-sided 95 % quantile of the standard normal distribution. */
const Z_95 = 1.959963984540054;

/**
 * Wilson's score interval (E. B. Wilson, JASA 22:209, 1927). Unlike the textbook interval it stays inside [0, 1] and is
 * honest at 0 of n and n of n, which is where small probes end up. Null when there are no samples to speak of.
 */
export function wilson(correct: number, samples: number, z: number = Z_95): Proportion | null {
  if (!(samples > 0) || !(correct >= 0) || correct > samples) return null;
  const p = correct / samples;
  const zz = (z * z) / samples;
  const centre = (p + zz / 2) / (1 + zz);
  const half = (z / (1 + zz)) * Math.sqrt((p * (1 - p)) / samples + zz / (4 * samples));
  return { point: p, low: clampUnit(centre - half), high: clampUnit(centre + half) };
}

export function clampUnit(value: number): number {
  return Math.min(1, Math.max(0, value));
}
