/**
 * The built-in autoscaler's decision. Pure: looks, policy and memory in, a number with its reason and the next memory out.
 *
 *   each signal -> how many it wants -> the most of them -> tolerance -> step and stabilisation -> bounds and room
 *
 * What is not known never takes a replica away: a look with a doubt recommends at least what there is, and that recommendation
 * stands for the whole stabilisation window.
 */
import { learnCapacity, staleMs, withTick } from './load.ts';
import type { ScalerPolicy } from './policy.ts';
import { type Signal, signalsOf } from './signals.ts';
import type { Doubt, Tick } from './tick.ts';

export interface ScalerInput {
  readonly policy: ScalerPolicy;
  /** Replicas that should exist now. */
  readonly current: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The newest look; undefined when there was none, because no replica was ready. */
  readonly tick: Tick | undefined;
  /** More replicas that the pool could take; undefined when that is not known. */
  readonly room: number | undefined;
  /** Somebody outside says that requests wait for a student without replicas. */
  readonly wake: boolean;
}

export interface ScalerMemory {
  readonly ticks: readonly Tick[];
  readonly recommendations: readonly Recommendation[];
  /** Output tokens per second of one replica at its limit. */
  readonly capacity: number | undefined;
  /** When the last request was seen. */
  readonly lastActive: number;
  readonly doubts: Doubts;
}

/** One page that could not be read is no news: only as many looks in a row change what is said, either way. */
interface Doubts {
  readonly count: number;
  /** What is said while there is one. */
  readonly told: Doubt | undefined;
  /** Looks in a row with a doubt of another kind than the one that is told. */
  readonly others: number;
}

interface Recommendation {
  readonly at: number;
  readonly replicas: number;
}

export type ScalerReason = 'Scaling' | 'AtMaximum' | 'NoRoom' | 'Idle' | 'MetricsMissing' | 'MetricsInvalid';

export interface ScalerVerdict {
  readonly replicas: number;
  readonly reason: ScalerReason;
  readonly message: string;
  readonly memory: ScalerMemory;
}

/** Within this share of the current number nothing changes. */
const tolerance = 0.1;
/** A look may add this many, or double; and at most halve. */
const upStep = 4;
/** Looks in a row before a doubt is told, and before it is taken back. */
const looksToTell = 3;
/** More than this many times its target waits: the burst is met at once, whatever steps and stabilisation say. */
const panicFactor = 2;

/** At the start nothing was seen, so nothing has been idle. */
export function newMemory(now: number, prior: number | undefined): ScalerMemory {
  return {
    ticks: [],
    recommendations: [],
    capacity: prior,
    lastActive: now,
    doubts: { count: 0, told: undefined, others: 0 },
  };
}

export function decideReplicas(input: ScalerInput, before: ScalerMemory): ScalerVerdict {
  const memory = remember(input, before);
  if (input.current === 0) return asleep(input, memory);
  if (isIdle(input, memory)) return rest(input, memory);
  const { replicas: wanted, signal, doubt } = want(input, memory);
  const recommendations = [
    ...earlier(input, memory).filter(({ at }) => at > input.now - longest(input.policy)),
    { at: input.now, replicas: wanted },
  ];
  const steady = stabilise(input, recommendations, wanted);
  const bounded = bound(input, steady);
  const doubts = weigh(memory.doubts, doubt);
  return {
    replicas: bounded.replicas,
    reason: doubts.told?.reason ?? bounded.reason,
    message: doubts.told?.message ?? bounded.message ?? signal?.message ?? 'no load is known yet',
    memory: { ...memory, recommendations, doubts },
  };
}

function weigh(before: Doubts, doubt: Doubt | undefined): Doubts {
  const count = Math.min(looksToTell, Math.max(0, before.count + (doubt === undefined ? -1 : 1)));
  const told = count === 0 ? undefined : before.told;
  if (doubt === undefined || told === undefined) {
    const isTold = count === looksToTell && doubt?.isLasting === true;
    return { count, told: isTold ? doubt : told, others: 0 };
  }
  const others = doubt.reason === told.reason ? 0 : before.others + 1;
  return others === looksToTell ? { count, told: doubt, others: 0 } : { count, told, others };
}

function remember({ tick, now }: ScalerInput, memory: ScalerMemory): ScalerMemory {
  // Nobody is idle who could not be asked anything: a replica that is still being started has not been waited for in vain.
  if (tick === undefined) return { ...memory, lastActive: now };
  const active = tick.doubt !== undefined || tick.waiting + tick.running + tick.succeeded + tick.failed > 0;
  return {
    ...memory,
    ticks: withTick(memory.ticks, tick),
    capacity: learnCapacity(memory.capacity, tick),
    lastActive: active ? now : memory.lastActive,
  };
}

/** The most that any signal asks for, in whole replicas, or what there is where that is near enough or nothing is known. */
function want(input: ScalerInput, memory: ScalerMemory): { replicas: number; signal?: Signal; doubt?: Doubt } {
  const { current, policy, tick } = input;
  const signals = signalsOf({ policy, ticks: memory.ticks, current, capacity: memory.capacity });
  const signal = signals.toSorted((one, other) => other.replicas - one.replicas)[0];
  const doubt = doubtOf(input, memory);
  const asked = signal?.replicas ?? current;
  const replicas = isNear(asked, current) ? current : Math.max(Math.ceil(asked - 1e-9), policy.minReplicas);
  const safe = doubt === undefined && signal !== undefined && tick !== undefined;
  return {
    replicas: safe ? replicas : Math.max(replicas, current),
    ...(signal === undefined ? {} : { signal }),
    ...(doubt === undefined ? {} : { doubt }),
  };
}

function doubtOf({ tick, now }: ScalerInput, { ticks }: ScalerMemory): Doubt | undefined {
  if (tick?.doubt !== undefined) return tick.doubt;
  const newest = ticks.at(-1);
  if (newest === undefined) return missing('no replica is ready, so none shows its load');
  if (now - newest.at <= staleMs) return undefined;
  const seconds = Math.round(staleMs / 1000);
  return missing(`no replica has shown its load for more than ${seconds} s`);
}

function missing(message: string): Doubt {
  return { reason: 'MetricsMissing', message, isLasting: true };
}

/** A process that has just begun knows of no recommendation: what there is counts as one. */
function earlier({ now, current }: ScalerInput, { recommendations }: ScalerMemory): readonly Recommendation[] {
  return recommendations.length === 0 ? [{ at: now, replicas: current }] : recommendations;
}

/** Up only beyond the tolerance; down as soon as a whole replica is too many, for the load share already leaves room. */
function isNear(asked: number, current: number): boolean {
  return asked <= current * (1 + tolerance) && asked > current - 1;
}

/** Down to the most that was recommended over the window; up to the least over the other. A burst waits for neither. */
function stabilise(input: ScalerInput, recommendations: readonly Recommendation[], wanted: number): number {
  const { policy, now, current } = input;
  const within = (milliseconds: number) =>
    recommendations.filter(({ at }) => at > now - milliseconds).map(({ replicas }) => replicas);
  if (wanted > current) {
    if (isPanic(input)) return wanted;
    const least = Math.min(wanted, ...within(policy.upStabilizationMs));
    return Math.max(current, Math.min(least, Math.max(current + upStep, current * 2)));
  }
  const most = Math.max(wanted, ...within(policy.downStabilizationMs));
  return Math.min(current, Math.max(most, Math.floor(current / 2)));
}

function isPanic({ tick, policy }: ScalerInput): boolean {
  const { waiting } = policy.targets;
  if (tick === undefined || waiting === undefined) return false;
  return tick.waiting > panicFactor * waiting * Math.max(1, tick.reporting);
}

interface Bounded {
  readonly replicas: number;
  readonly reason: ScalerReason;
  readonly message?: string;
}

function bound({ policy, current, room }: ScalerInput, replicas: number): Bounded {
  const { minReplicas, maxReplicas } = policy;
  const within = Math.min(maxReplicas, Math.max(minReplicas, replicas));
  // What is there stays, though it may be waiting for room itself.
  const fits = room === undefined ? within : Math.max(Math.min(within, current + room), Math.min(within, current));
  if (fits < within) {
    const message = `${within} replicas are wanted, and the pool has room for ${fits}; free GPUs, or add nodes to it`;
    return { replicas: fits, reason: 'NoRoom', message };
  }
  if (replicas > maxReplicas) {
    const message = `the load asks for more than spec.autoscaling.maxReplicas, ${maxReplicas}`;
    return { replicas: within, reason: 'AtMaximum', message };
  }
  return { replicas: within, reason: 'Scaling' };
}

function isIdle({ policy, now }: ScalerInput, { lastActive }: ScalerMemory): boolean {
  return policy.idleReplicas !== undefined && now - lastActive >= policy.downStabilizationMs;
}

function rest({ policy, current }: ScalerInput, memory: ScalerMemory): ScalerVerdict {
  const replicas = Math.min(current, policy.idleReplicas ?? current);
  return { replicas, reason: 'Idle', message: 'no request has come for the stabilisation window', memory };
}

/** Without replicas there are no metrics: only somebody outside can tell that requests wait. */
function asleep(input: ScalerInput, memory: ScalerMemory): ScalerVerdict {
  const { policy, now, wake } = input;
  if (policy.idleReplicas === 0 && !wake) {
    const message = 'there is no replica that could show load; the wake annotation or a gateway starts one';
    return { replicas: 0, reason: 'Idle', message, memory };
  }
  const message = wake ? 'woken from outside' : 'spec.autoscaling.idleReplicas is not 0 any more';
  return { ...bound(input, policy.minReplicas), message, memory: { ...memory, ticks: [], lastActive: now } };
}

function longest({ upStabilizationMs, downStabilizationMs }: ScalerPolicy): number {
  return Math.max(upStabilizationMs, downStabilizationMs);
}
