// Valid looks at engines with few words.
import type { EngineSample } from '../../../../../src/domain/student/autoscale/exposition.ts';
import type { Histogram } from '../../../../../src/domain/student/autoscale/histogram.ts';
import type { ScalerPolicy } from '../../../../../src/domain/student/autoscale/policy.ts';
import type { Tick } from '../../../../../src/domain/student/autoscale/tick.ts';

export function aSample(change: Partial<EngineSample> = {}): EngineSample {
  return {
    waiting: 0,
    running: 0,
    cacheUse: 0,
    succeeded: 0,
    failed: 0,
    generatedTokens: 0,
    promptTokens: 0,
    cachedTokens: 0,
    queuedSeconds: 0,
    firstToken: undefined,
    interToken: undefined,
    faults: [],
    ...change,
  };
}

const bounds = [0.01, 0.05, 0.1, 0.5, 1, 5, Infinity];

export function histogramOf(values: readonly number[], before?: Histogram): Histogram {
  const counts = bounds.map(
    (bound, index) => (before?.counts[index] ?? 0) + values.filter((value) => value <= bound).length,
  );
  return { bounds, counts, sum: (before?.sum ?? 0) + values.reduce((sum, value) => sum + value, 0) };
}

/** One quiet look at one replica. */
export function aTick(at: number, change: Partial<Tick> = {}): Tick {
  return {
    at,
    seconds: 15,
    podSeconds: (change.seconds ?? 15) * (change.reporting ?? 1),
    pods: 1,
    reporting: 1,
    waiting: 0,
    running: 0,
    runningSquares: 0,
    cacheUse: 0,
    succeeded: 0,
    failed: 0,
    generatedTokens: 0,
    promptTokens: 0,
    cachedTokens: 0,
    queuedSeconds: 0,
    waitingGrowth: 0,
    firstToken: undefined,
    interToken: undefined,
    saturated: { pods: 0, tokensPerSecond: 0 },
    doubt: undefined,
    ...change,
  };
}

export function aPolicy(change: Partial<ScalerPolicy> = {}): ScalerPolicy {
  return {
    minReplicas: 1,
    maxReplicas: 10,
    idleReplicas: undefined,
    targets: { waiting: 4, cacheUse: undefined, firstTokenSeconds: undefined },
    upStabilizationMs: 0,
    downStabilizationMs: 300_000,
    ...change,
  };
}
