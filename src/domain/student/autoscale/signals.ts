/** How many replicas each signal asks for. A fraction is kept: what rounds it up also decides how readily the number changes. */
import { firstTokenSeconds, loadOver, recent, total } from './load.ts';
import type { ScalerPolicy } from './policy.ts';
import type { Tick } from './tick.ts';

export interface Signal {
  readonly name: 'waiting requests' | 'cache use' | 'time to first token' | 'throughput';
  readonly replicas: number;
  readonly message: string;
}

export interface SignalInput {
  readonly policy: ScalerPolicy;
  readonly ticks: readonly Tick[];
  /** Replicas that should exist now. */
  readonly current: number;
  /** Output tokens per second that one replica can make; undefined while nobody knows. */
  readonly capacity: number | undefined;
}

/** Share of what a replica can do that it is loaded to: the rest takes what random arrivals bring together. */
const loadShare = 0.75;
const loadWindowMs = 60_000;
/** In this time a queue is to be gone once the replicas are there. */
const drainSeconds = 60;
/** More than this factor no look may ask for on the strength of latency alone, since that does not grow in proportion. */
const mostLatencyRatio = 2;
/** Below this share of its target, latency keeps no replica. */
const comfortable = 0.8;
/** Replicas that do this share of what they can, or at which this share of the target waits, are busy. */
const busyShare = 0.6;
const busyWaiting = 0.5;

/** An empty list says that nothing is known. */
export function signalsOf(input: SignalInput): Signal[] {
  const newest = input.ticks.at(-1);
  if (newest === undefined || newest.reporting === 0) return [];
  return [throughput(input, newest), waiting(input, newest), cacheUse(input, newest), latency(input, newest)].flatMap(
    (signal) => signal ?? [],
  );
}

/** What clients ask for, and the queue on top, over what a replica can do. */
function throughput({ ticks, capacity }: SignalInput, newest: Tick): Signal | undefined {
  const load = loadOver(ticks, loadWindowMs);
  if (capacity === undefined || load === undefined) return undefined;
  const backlog = (newest.waiting * (load.tokensPerRequest ?? 0)) / drainSeconds;
  const replicas = load.tokensPerSecond / (loadShare * capacity) + backlog / capacity;
  const message = `${load.tokensPerSecond.toFixed(0)} tokens/s are asked for, and a replica makes ${capacity.toFixed(0)}`;
  return { name: 'throughput', replicas, message };
}

/**
 * As many as the target says. Once it is known what a replica can do, a queue asks by `throughput` for the replicas that empty it,
 * and here only for one more.
 */
function waiting({ policy, capacity, current, ticks }: SignalInput, newest: Tick): Signal | undefined {
  const target = policy.targets.waiting;
  if (target === undefined) return undefined;
  const message = `${newest.waiting} request(s) wait; the target is ${target} per replica`;
  const asked = newest.waiting / target;
  if (capacity === undefined) {
    // Nothing says whether fewer would do, but a minute without a queue: then one fewer is tried.
    const calm = recent(ticks, policy.downStabilizationMs).every((tick) => tick.waiting === 0);
    return { name: 'waiting requests', replicas: Math.max(asked, calm ? current - 1 : current), message };
  }
  return { name: 'waiting requests', replicas: Math.min(asked, newest.reporting + 1), message };
}

function cacheUse({ policy }: SignalInput, newest: Tick): Signal | undefined {
  const target = policy.targets.cacheUse;
  if (target === undefined || newest.cacheUse === undefined) return undefined;
  const message = `${percent(newest.cacheUse)} of the cache is used; the target is ${percent(target)}`;
  return { name: 'cache use', replicas: (newest.reporting * newest.cacheUse) / target, message };
}

/**
 * Above its target it asks for more, and near it for no fewer; but only while the replicas are busy. Idle ones are as slow as the
 * prompts are long, and more of them would be no faster.
 */
function latency({ policy, ticks, current, capacity }: SignalInput, newest: Tick): Signal | undefined {
  const target = policy.targets.firstTokenSeconds;
  const seconds = firstTokenSeconds(ticks, loadWindowMs, 0.95);
  if (target === undefined || seconds === undefined) return undefined;
  const ratio = seconds / target;
  const message = `the first token takes ${milliseconds(seconds)} (95 %); the target is ${milliseconds(target)}`;
  const name = 'time to first token';
  if (!isBusy(policy, ticks, capacity))
    return { name, replicas: 0, message: `${message}, and the replicas have time: more would not be faster` };
  if (ratio <= 1) return { name, replicas: ratio > comfortable ? current : 0, message };
  return { name, replicas: newest.reporting * Math.min(ratio, mostLatencyRatio), message };
}

/** Something waits, or the replicas do more than they should: averaged, for chance puts two requests on one replica now and then. */
function isBusy({ targets }: ScalerPolicy, ticks: readonly Tick[], capacity: number | undefined): boolean {
  const window = recent(ticks, loadWindowMs);
  const pods = total(window, ({ reporting }) => reporting);
  const waits = total(window, (tick) => tick.waiting) / pods;
  if (waits > busyWaiting * (targets.waiting ?? 1)) return true;
  const podSeconds = total(window, (tick) => tick.podSeconds);
  return capacity !== undefined && total(window, (tick) => tick.generatedTokens) > busyShare * capacity * podSeconds;
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(0)} ms`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
