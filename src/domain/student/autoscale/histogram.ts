/** Prometheus histograms as numbers: what was observed between two looks, merged over pods, and its quantiles. */

/** `counts[i]` observations were at most `bounds[i]`; the last bound is infinite. */
export interface Histogram {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

export function countOf({ counts }: Histogram): number {
  return counts.at(-1) ?? 0;
}

/** Observations between two looks; all of them after a restart of the process, which counts from zero again. */
export function increase(before: Histogram | undefined, after: Histogram): Histogram {
  if (before === undefined || !haveEqualBounds(before, after) || countOf(after) < countOf(before)) return after;
  return {
    bounds: after.bounds,
    counts: after.counts.map((count, index) => Math.max(0, count - (before.counts[index] ?? 0))),
    sum: Math.max(0, after.sum - before.sum),
  };
}

/** Sums those with the bounds of the first: pods in the middle of an upgrade of vLLM may have others. */
export function mergeHistograms(all: readonly (Histogram | undefined)[]): Histogram | undefined {
  const present = all.filter((histogram) => histogram !== undefined);
  const [first] = present;
  if (first === undefined) return undefined;
  const counts = first.counts.map(() => 0);
  let sum = 0;
  for (const histogram of present) {
    if (!haveEqualBounds(first, histogram)) continue;
    for (const [index, count] of histogram.counts.entries()) counts[index] = (counts[index] ?? 0) + count;
    sum += histogram.sum;
  }
  return { bounds: first.bounds, counts, sum };
}

/** As PromQL's histogram_quantile: linear within a bucket; the last finite bound for what lies beyond it. Undefined without observations. */
export function quantile(histogram: Histogram | undefined, share: number): number | undefined {
  const total = histogram === undefined ? 0 : countOf(histogram);
  if (histogram === undefined || total === 0) return undefined;
  const rank = share * total;
  const index = histogram.counts.findIndex((count) => count >= rank);
  const upper = histogram.bounds[index] ?? Infinity;
  const lower = index === 0 ? 0 : (histogram.bounds[index - 1] ?? 0);
  if (!Number.isFinite(upper)) return lower;
  const below = index === 0 ? 0 : (histogram.counts[index - 1] ?? 0);
  const inside = (histogram.counts[index] ?? 0) - below;
  return inside <= 0 ? upper : lower + ((upper - lower) * (rank - below)) / inside;
}

export function mean(histogram: Histogram | undefined): number | undefined {
  return histogram === undefined || countOf(histogram) === 0 ? undefined : histogram.sum / countOf(histogram);
}

function haveEqualBounds(one: Histogram, other: Histogram): boolean {
  return one.bounds.length === other.bounds.length && one.bounds.every((bound, index) => bound === other.bounds[index]);
}
