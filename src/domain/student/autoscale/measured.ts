/** What the replicas measured over the last minutes, and how it stands in status: rounded, and written only when it says something new. */
import type { MeasuredServing } from '../../../api/v1alpha1/student-deployment.gen.ts';
import { timestamp } from '../../time.ts';
import { countOf, type Histogram, mean, quantile } from './histogram.ts';
import { merged, total } from './load.ts';
import type { Tick } from './tick.ts';

export interface Latency {
  readonly meanSeconds: number;
  readonly medianSeconds: number;
  /** 95 % were at most this. */
  readonly highSeconds: number;
  readonly observations: number;
}

export interface Measured {
  /** Milliseconds since the epoch, of the newest look. */
  readonly at: number;
  readonly requestsPerSecond: number;
  readonly failedShare: number;
  readonly firstToken: Latency | undefined;
  readonly interToken: Latency | undefined;
}

/** Over all the looks that are kept. Undefined before two looks are there. */
export function measure(ticks: readonly Tick[]): Measured | undefined {
  const newest = ticks.at(-1);
  const seconds = total(ticks, (tick) => tick.seconds);
  if (newest === undefined || seconds === 0) return undefined;
  const failed = total(ticks, (tick) => tick.failed);
  const ended = failed + total(ticks, (tick) => tick.succeeded);
  return {
    at: newest.at,
    requestsPerSecond: ended / seconds,
    failedShare: ended === 0 ? 0 : failed / ended,
    firstToken: latencyOf(merged(ticks, (tick) => tick.firstToken)),
    interToken: latencyOf(merged(ticks, (tick) => tick.interToken)),
  };
}

function latencyOf(histogram: Histogram | undefined): Latency | undefined {
  const [meanSeconds, medianSeconds, highSeconds] = [
    mean(histogram),
    quantile(histogram, 0.5),
    quantile(histogram, 0.95),
  ];
  if (histogram === undefined || meanSeconds === undefined) return undefined;
  if (medianSeconds === undefined || highSeconds === undefined) return undefined;
  return { meanSeconds, medianSeconds, highSeconds, observations: countOf(histogram) };
}

/** A status is written for this at most so often, and only for changes beyond this share. */
const shortestMs = 60_000;
const materialShare = 0.15;

/** What status should say: what it says already, unless that is no longer true. */
export function measuredStatus(
  before: MeasuredServing | undefined,
  measured: Measured | undefined,
): MeasuredServing | undefined {
  if (measured === undefined) return before;
  const next = rounded(measured);
  if (before === undefined) return next;
  const age = measured.at - Date.parse(before.lastUpdatedTime ?? '');
  return age < shortestMs || !isMaterial(before, next) ? before : next;
}

function rounded({ at, requestsPerSecond, firstToken, interToken }: Measured): MeasuredServing {
  return {
    ...(firstToken === undefined
      ? {}
      : {
          timeToFirstTokenMilliseconds: twoDigits(firstToken.medianSeconds * 1000),
          timeToFirstTokenP95Milliseconds: twoDigits(firstToken.highSeconds * 1000),
        }),
    ...(interToken === undefined
      ? {}
      : {
          interTokenLatencyMilliseconds: twoDigits(interToken.medianSeconds * 1000),
          interTokenLatencyP95Milliseconds: twoDigits(interToken.highSeconds * 1000),
        }),
    requestsPerSecond: twoDigits(requestsPerSecond),
    lastUpdatedTime: timestamp(at),
  };
}

function isMaterial(before: MeasuredServing, next: MeasuredServing): boolean {
  const { lastUpdatedTime: _, ...values } = { ...before, ...next };
  return (Object.keys(values) as (keyof typeof values)[]).some((field) => differ(before[field], next[field]));
}

function differ(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return one !== other;
  const [from, to] = [Number(one), Number(other)];
  return Math.abs(to - from) > materialShare * Math.max(Math.abs(from), Math.abs(to));
}

/** Two significant digits, as a plain decimal. */
function twoDigits(value: number): string {
  if (value < 1e-6) return '0';
  const digits = Math.max(0, 1 - Math.floor(Math.log10(value)));
  return Number(value.toPrecision(2))
    .toFixed(digits)
    .replace(/\.?0+$/, (zeros) => (zeros.startsWith('.') ? '' : zeros));
}
