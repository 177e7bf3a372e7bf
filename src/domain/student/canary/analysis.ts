/** Judges a step of a Canary: good, bad, or not to be told yet. */
import type { RolloutAnalysis } from '../../../api/v1alpha1/student-deployment.gen.ts';
import { wilson } from '../../statistics.ts';
import { countOf, type Histogram, mean } from '../autoscale/histogram.ts';
import type { AgreementVerdict } from './agreement.ts';
import type { TrackMeasurement, TrialMeasurement } from './measurement.ts';

export type Verdict =
  | { readonly kind: 'bad'; readonly reason: 'CanaryErrors' | 'CanarySlow'; readonly message: string }
  | AgreementVerdict;

/** Errors show at any time of the step; latency is compared once it is over, when the new pods have warmed up. */
export function judge(measured: TrialMeasurement | undefined, analysis: RolloutAnalysis, isOver: boolean): Verdict {
  const { minRequests } = analysis;
  const canary = measured?.canary;
  if (canary === undefined || canary.requests < minRequests) {
    return unclear(`the canary has not answered ${minRequests} requests in this step yet`);
  }
  const errors = judgeErrors(canary, Number(analysis.maxErrorRate));
  if (!isOver || errors.kind !== 'good') return errors;
  return judgeLatency(measured, analysis, errors.message);
}

/** The worse of the two; where both are good, both are told. */
export function worst(one: Verdict, other: Verdict | undefined): Verdict {
  if (other === undefined) return one;
  const [first, second] = badness[one.kind] >= badness[other.kind] ? [one, other] : [other, one];
  return first.kind === 'good' ? { kind: 'good', message: `${first.message}; ${second.message}` } : first;
}

const badness = { good: 0, unclear: 1, bad: 2 } as const;

/** 95 %, one-sided. */
const z = 1.645;

/** Bad only when the rate is above the limit beyond chance: one failure in 50 requests says little about 1 %. */
function judgeErrors({ requests, failed }: TrackMeasurement, limit: number): Verdict {
  const message = `${failed} of ${requests} requests failed; ${percent(limit)} may`;
  if (failed / requests <= limit) return { kind: 'good', message };
  const { low } = wilson(failed, requests, z) ?? { low: 0 };
  return low > limit ? { kind: 'bad', reason: 'CanaryErrors', message } : unclear(tooClose);
}

const tooClose = 'so many requests have failed that only more of them can tell whether that is chance';

const latencies = [
  ['time to first token', (track: TrackMeasurement) => track.firstToken],
  ['inter-token latency', (track: TrackMeasurement) => track.interToken],
] as const;

function judgeLatency(measured: TrialMeasurement | undefined, analysis: RolloutAnalysis, errors: string): Verdict {
  const limit = Number(analysis.maxLatencyRegression);
  const messages = [errors];
  for (const [name, of] of latencies) {
    const [canary, stable] = [measured && of(measured.canary), measured && of(measured.stable)];
    const silent = [canary, stable].findIndex((track) => countOrZero(track) < analysis.minRequests);
    if (silent >= 0) {
      const track = silent === 0 ? 'canary' : 'stable';
      return unclear(`the ${track} replicas have shown fewer than ${analysis.minRequests} values of ${name} yet`);
    }
    const verdict = compare(name, [meanOf(canary), meanOf(stable)], limit);
    if (verdict.kind !== 'good') return verdict;
    messages.push(verdict.message);
  }
  return { kind: 'good', message: messages.join('; ') };
}

/**
 * Means, which a histogram has exactly: a percentile is only known to a bucket, and vLLM's are up to 2.5 times as long as they are
 * short. Slower is what is slower beyond chance, so that one late request of fifty is no verdict.
 */
function compare(name: string, [canary, stable]: readonly [Mean, Mean], limit: number): Verdict {
  const allowed = (1 + limit) * Math.max(stable.seconds, shortest);
  const excess = canary.seconds - allowed;
  const values = `${milliseconds(canary.seconds)}, and ${milliseconds(stable.seconds)} of the stable replicas`;
  const message = `mean ${name} is ${values}; ${percent(limit)} more may be`;
  if (excess <= 0) return { kind: 'good', message };
  const error = Math.hypot(canary.error, (1 + limit) * stable.error);
  if (excess > z * error) return { kind: 'bad', reason: 'CanarySlow', message };
  return unclear(`the ${name} varies so much that only more requests can tell whether it has grown`);
}

interface Mean {
  readonly seconds: number;
  /** Standard error, from where the buckets are. */
  readonly error: number;
}

function meanOf(track: Histogram | undefined): Mean {
  const seconds = mean(track) ?? 0;
  if (track === undefined) return { seconds, error: 0 };
  const { bounds, counts } = track;
  const total = countOf(track);
  const squares = counts.reduce((sum, count, index) => {
    const inside = count - (counts[index - 1] ?? 0);
    const lower = bounds[index - 1] ?? 0;
    const upper = bounds[index] ?? Infinity;
    if (!Number.isFinite(upper)) return sum + inside * (lower - seconds) ** 2;
    // Of a value only its bucket is known: taken as spread evenly in it.
    return sum + inside * (((lower + upper) / 2 - seconds) ** 2 + (upper - lower) ** 2 / 12);
  }, 0);
  return { seconds, error: Math.sqrt(squares) / total };
}

/** In seconds: below, a regression is the clock's. */
const shortest = 0.001;

function countOrZero(track: Histogram | undefined): number {
  return track === undefined ? 0 : countOf(track);
}

function unclear(message: string): Verdict {
  return { kind: 'unclear', message };
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(1)} ms`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(4))} %`;
}
