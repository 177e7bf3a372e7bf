/** What the looks of the last minutes say about the load: what is asked for, what a replica can do, how long the first token takes. */
import { type Histogram, mergeHistograms, quantile } from './histogram.ts';
import type { Tick } from './tick.ts';

/** How far back a look still says something about now. */
const keptMs = 5 * 60_000;
/** Longer without a look, and the last one is stale. */
export const staleMs = 45_000;

/** The looks that still count, with the newest. */
export function withTick(ticks: readonly Tick[], tick: Tick): Tick[] {
  return [...ticks.filter(({ at }) => at > tick.at - keptMs), tick];
}

/** Those that ended in the last `milliseconds`, at least the newest. */
export function recent(ticks: readonly Tick[], milliseconds: number): readonly Tick[] {
  const newest = ticks.at(-1);
  return newest === undefined ? [] : ticks.filter(({ at }) => at > newest.at - milliseconds);
}

export interface Load {
  /** Output tokens per second that clients ask for: what is made, and what the queue grows by. */
  readonly tokensPerSecond: number;
  /** Output tokens of a request; undefined before any has ended. */
  readonly tokensPerRequest: number | undefined;
  readonly requestsPerSecond: number;
}

/** @param milliseconds how far back; noise falls with its root, and so does the speed. */
export function loadOver(ticks: readonly Tick[], milliseconds: number): Load | undefined {
  const window = recent(ticks, milliseconds);
  const seconds = total(window, (tick) => tick.seconds);
  if (seconds === 0) return undefined;
  const tokensPerRequest = meanTokens(ticks);
  const growth = total(window, (tick) => tick.waitingGrowth) * (tokensPerRequest ?? 0);
  const generated = total(window, (tick) => tick.generatedTokens);
  return {
    tokensPerSecond: Math.max(0, generated + growth) / seconds,
    tokensPerRequest,
    requestsPerSecond: total(window, ({ succeeded, failed }) => succeeded + failed) / seconds,
  };
}

function meanTokens(ticks: readonly Tick[]): number | undefined {
  const ended = total(ticks, ({ succeeded }) => succeeded);
  return ended === 0 ? undefined : total(ticks, ({ generatedTokens }) => generatedTokens) / ended;
}

/** How much of a new observation is believed. */
const learningRate = 0.3;

/**
 * Output tokens per second of one replica at its limit, learnt from replicas at which requests waited all the time; and at least
 * what one has been seen to do. Before anything is seen it is `prior`.
 */
export function learnCapacity(known: number | undefined, tick: Tick): number | undefined {
  const { pods, tokensPerSecond } = tick.saturated;
  if (pods > 0 && tokensPerSecond > 0)
    return known === undefined ? tokensPerSecond : known + learningRate * (tokensPerSecond - known);
  const seen = tick.podSeconds > 0 ? tick.generatedTokens / tick.podSeconds : 0;
  return known !== undefined && seen > known ? known + learningRate * (seen - known) : known;
}

/** Seconds; of the requests whose first token came in the last `milliseconds`. */
export function firstTokenSeconds(ticks: readonly Tick[], milliseconds: number, share: number): number | undefined {
  return quantile(
    merged(recent(ticks, milliseconds), (tick) => tick.firstToken),
    share,
  );
}

export function merged(ticks: readonly Tick[], of: (tick: Tick) => Histogram | undefined): Histogram | undefined {
  return mergeHistograms(ticks.map(of));
}

export function total(ticks: readonly Tick[], of: (tick: Tick) => number): number {
  return ticks.reduce((sum, tick) => sum + of(tick), 0);
}
