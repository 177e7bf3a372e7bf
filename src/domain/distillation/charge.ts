/** Adds what a stage's pods cost to its record and to the job's total, in the same status: never twice, never lost. */
import type { Pod } from '../../api/core.ts';
import type { StageStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { PoolChoice } from '../pool-choice.ts';
import type { Draft } from './draft.ts';
import { isLive } from './job-state.ts';
import { billOf, countGpus, plus, spend } from './spend.ts';
import { costOf, podSecondsOf } from './stage-cost.ts';

export interface Charge {
  readonly draft: Draft;
  readonly record: StageStatus;
  readonly pods: readonly Pod[];
  readonly pool: PoolChoice | undefined;
  /** Pod-seconds that must have passed before a write is worth it; 0 settles. */
  readonly minimumSeconds: number;
}

/**
 * How much must have happened to be written down, for a Job that is being stopped by itself or by Kueue: what still runs soon ends, so
 * it is looked at often; what has ended is charged to its last second; and when all is gone the next pods begin at 0.
 */
export function settlingSeconds(pods: readonly Pod[]): number {
  // Less than any whole second.
  if (pods.length === 0) return 0.5;
  return pods.some(isLive) ? settlingTickSeconds : 0;
}

/** How often a pod that is being stopped is looked at. */
export const settlingTickSeconds = 10;

/** The record with its cost brought up to now; unchanged when too little has happened. */
export function chargeStage({ draft, record, pods, pool, minimumSeconds }: Charge): StageStatus {
  if (isSetBack(record, pods, draft.now)) return record;
  const podSeconds = podSecondsOf(pods, draft.now);
  const before = record.podSeconds ?? 0;
  // Pods that are gone took their seconds along. What comes is counted from what is left: a stage that was suspended or
  // evicted would else run free of charge until it had caught up.
  if (minimumSeconds > 0 && before - podSeconds > minimumSeconds) return { ...record, podSeconds };
  if (podSeconds <= before || podSeconds - before < minimumSeconds) return record;
  // Only what is new is charged, at the price of now: a price that changes does not change what was spent before.
  const increase = costOf(podSeconds - before, pool, billOf(draft).currency);
  spend(draft, record.name, increase);
  countGpus(draft, (podSeconds - before) * (record.gpus ?? pool?.gpus ?? 0));
  const cost = increase === undefined ? {} : { cost: plus(record.cost, increase) };
  return { ...record, podSeconds, chargedTime: draft.timestamp, ...cost };
}

/** Clocks of several API servers may be so far apart. */
const toleranceMs = 5_000;

/**
 * Pods that run seem to have run for less than is charged: by a clock that was set back, not because some of them are gone. Taken
 * for the latter, all would be charged again once the clock is right.
 */
function isSetBack({ chargedTime }: StageStatus, pods: readonly Pod[], now: number): boolean {
  return chargedTime !== undefined && now + toleranceMs < Date.parse(chargedTime) && pods.some(isLive);
}
