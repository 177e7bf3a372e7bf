/** What happened between two looks at a student's pods, over all of them: the input of every decision about its load. */
import type { EngineSample } from './exposition.ts';
import { type Histogram, increase, mergeHistograms } from './histogram.ts';

/** One pod at one look. */
export interface PodReading {
  /** Its UID: a pod that comes back under its name counts from zero. */
  readonly pod: string;
  /** Milliseconds since the epoch at which the page was read. */
  readonly at: number;
  /** Undefined when the pod did not answer; then `trouble` says why. */
  readonly sample: EngineSample | undefined;
  readonly trouble?: string | undefined;
  /** Looks in a row at which it was silent; in what is remembered. */
  readonly misses?: number;
}

export type Readings = ReadonlyMap<string, PodReading>;

export interface Tick {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Since the last look at which a replica showed its load; 0 at the first, which has no increases. */
  readonly seconds: number;
  /** Over which the increases came, summed over the pods: one that was not read in between shows those of two looks. */
  readonly podSeconds: number;
  /** Pods that were to be read: the ready ones. */
  readonly pods: number;
  /** Pods whose load is known. */
  readonly reporting: number;
  /** Requests, over the reporting pods. */
  readonly waiting: number;
  readonly running: number;
  /** The same with each pod's number squared: over `running` it is how many ran beside the average one, itself included. */
  readonly runningSquares: number;
  /** Mean over the pods that say it, from 0 to 1. */
  readonly cacheUse: number | undefined;
  /** Increases since the look before. */
  readonly succeeded: number;
  readonly failed: number;
  readonly generatedTokens: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly queuedSeconds: number;
  /** Of the requests that wait now, minus those that waited before. */
  readonly waitingGrowth: number;
  readonly firstToken: Histogram | undefined;
  readonly interToken: Histogram | undefined;
  /** Pods at which requests waited all the time, and the tokens that each made per second: what a replica can do. */
  readonly saturated: { readonly pods: number; readonly tokensPerSecond: number };
  /** What makes this look unfit to take replicas away. */
  readonly doubt: Doubt | undefined;
}

export interface Doubt {
  readonly reason: 'MetricsMissing' | 'MetricsInvalid';
  readonly message: string;
  /** Whether it is worth telling: a page that could not be read once is not. */
  readonly isLasting: boolean;
}

/** A replica that is silent at so many looks in a row is silent; at fewer it may have been the network, or we. */
const looksToTell = 3;

export function tickOf(before: Readings, now: readonly PodReading[], at: number): Tick {
  const reporting = now.flatMap((reading) => known(reading, before.get(reading.pod)) ?? []);
  const sum = (of: (pod: Known) => number): number => reporting.reduce((total, pod) => total + of(pod), 0);
  const cacheUses = reporting.flatMap(({ sample }) => sample.cacheUse ?? []);
  const saturated = reporting.filter((pod) => pod.saturated);
  return {
    at,
    seconds: secondsSince(before, now, reporting),
    podSeconds: sum((pod) => pod.seconds),
    pods: now.length,
    reporting: reporting.length,
    waiting: sum(({ waiting }) => waiting),
    running: sum(({ sample }) => sample.running ?? 0),
    runningSquares: sum(({ sample }) => (sample.running ?? 0) ** 2),
    cacheUse: cacheUses.length === 0 ? undefined : sumOf(cacheUses) / cacheUses.length,
    succeeded: sum(({ succeeded }) => succeeded),
    failed: sum(({ failed }) => failed),
    generatedTokens: sum(({ generatedTokens }) => generatedTokens),
    promptTokens: sum(({ promptTokens }) => promptTokens),
    cachedTokens: sum(({ cachedTokens }) => cachedTokens),
    queuedSeconds: sum(({ queuedSeconds }) => queuedSeconds),
    waitingGrowth: sum(({ waiting, waitingBefore }) => waiting - waitingBefore),
    firstToken: mergeHistograms(reporting.map(({ firstToken }) => firstToken)),
    interToken: mergeHistograms(reporting.map(({ interToken }) => interToken)),
    saturated: {
      pods: saturated.length,
      tokensPerSecond:
        saturated.length === 0
          ? 0
          : sumOf(saturated.map((pod) => pod.generatedTokens / pod.seconds)) / saturated.length,
    },
    doubt: doubtOf(now, before),
  };
}

/**
 * Not by each pod's own time: one that was not read at the last look shows the increases of two, and the other pods' were counted
 * then, with the time of that look.
 */
function secondsSince(before: Readings, now: readonly PodReading[], reporting: readonly Known[]): number {
  if (!reporting.some((pod) => pod.seconds > 0)) return 0;
  const earlier = now.flatMap(({ pod }) => before.get(pod) ?? []).filter(({ sample }) => sample !== undefined);
  const last = Math.max(...earlier.map(({ at }) => at));
  return Math.max(0, Math.max(...reporting.map(({ at }) => at)) - last) / 1000;
}

/** What the next look compares with: a pod that did not answer is compared with the last time it did, unless that is long ago. */
export function remembered(before: Readings, now: readonly PodReading[], sinceMs: number): Readings {
  const latest = (reading: PodReading): PodReading => {
    const earlier = before.get(reading.pod);
    if (!isSilent(reading)) return reading;
    const isRecent = earlier?.sample !== undefined && earlier.at >= sinceMs;
    return { ...(isRecent ? earlier : reading), misses: (earlier?.misses ?? 0) + 1 };
  };
  return new Map(now.map((reading) => [reading.pod, latest(reading)]));
}

interface Known {
  readonly at: number;
  readonly sample: EngineSample;
  readonly seconds: number;
  readonly waiting: number;
  readonly waitingBefore: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly generatedTokens: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly queuedSeconds: number;
  readonly firstToken: Histogram | undefined;
  readonly interToken: Histogram | undefined;
  readonly saturated: boolean;
}

/** A pod that says how many requests wait; its increases only where the same process was read before. */
function known({ sample, at }: PodReading, earlier: PodReading | undefined): Known | undefined {
  if (sample?.waiting === undefined) return undefined;
  const before = earlier?.sample;
  const seconds = earlier === undefined ? 0 : (at - earlier.at) / 1000;
  const grown = (of: (sample: EngineSample) => number | undefined): number => {
    const [from, to] = [before && of(before), of(sample)];
    if (from === undefined || to === undefined) return 0;
    return to >= from ? to - from : to;
  };
  const observed = (of: (sample: EngineSample) => Histogram | undefined): Histogram | undefined => {
    const to = of(sample);
    return to === undefined || before === undefined ? undefined : increase(of(before), to);
  };
  return {
    at,
    sample,
    seconds,
    waiting: sample.waiting,
    // Those at a pod seen for the first time came since the look before.
    waitingBefore: before?.waiting ?? 0,
    succeeded: grown((of) => of.succeeded),
    failed: grown((of) => of.failed),
    generatedTokens: grown((of) => of.generatedTokens),
    promptTokens: grown((of) => of.promptTokens),
    cachedTokens: grown((of) => of.cachedTokens),
    queuedSeconds: grown((of) => of.queuedSeconds),
    firstToken: observed((of) => of.firstToken),
    interToken: observed((of) => of.interToken),
    saturated: seconds > 0 && sample.waiting > 0 && (before?.waiting ?? 0) > 0,
  };
}

/** A first look cannot know whether a counter moves, so only a second one contradicts. */
function doubtOf(now: readonly PodReading[], before: Readings): Doubt | undefined {
  const silent = now.filter(isSilent);
  const [first] = silent;
  if (first !== undefined) {
    const why = first.trouble ?? 'its page has no vllm:num_requests_waiting';
    return {
      reason: 'MetricsMissing',
      message: `${silent.length} of ${now.length} replica(s) show no metrics: ${why}`,
      isLasting: silent.some(({ pod }) => (before.get(pod)?.misses ?? 0) >= looksToTell - 1),
    };
  }
  const fault = now.flatMap((reading) => contradiction(reading, before.get(reading.pod)) ?? [])[0];
  return fault === undefined ? undefined : { reason: 'MetricsInvalid', message: fault, isLasting: true };
}

function isSilent({ sample }: PodReading): boolean {
  return sample === undefined || (sample.waiting === undefined && sample.faults.length === 0);
}

function contradiction({ sample }: PodReading, earlier: PodReading | undefined): string | undefined {
  const [fault] = sample?.faults ?? [];
  if (fault !== undefined) return fault;
  const stands =
    earlier?.sample !== undefined &&
    isStuck(sample) &&
    isStuck(earlier.sample) &&
    sample?.generatedTokens === earlier.sample.generatedTokens;
  return stands ? 'requests wait at a replica that runs none' : undefined;
}

function isStuck(sample: EngineSample | undefined): boolean {
  return (sample?.waiting ?? 0) > 0 && sample?.running === 0;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
