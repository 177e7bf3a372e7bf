/** One look at a student's replicas, and what is remembered until the next. Memory is a cache: a new process starts without. */
import type { Pod } from '../../../api/core.ts';
import type { StudentDeployment } from '../../../api/v1alpha1/student-deployment.gen.ts';
import { freeSlots, type Pool } from '../../planning/pool.ts';
import { measureTrial, stepId, type TrialMeasurement } from '../canary/measurement.ts';
import type { Observed, ServingLoad, Settings } from '../observed.ts';
import { wantedReplicas } from '../replicas.ts';
import { estimateServing, estimatesStatus } from '../serving-estimate.ts';
import { staleMs, withTick } from './load.ts';
import { measure, measuredStatus } from './measured.ts';
import { policyOf } from './policy.ts';
import { quietWindow } from './quiet-window.ts';
import { decideReplicas, newMemory, type ScalerMemory, type ScalerVerdict } from './scaler.ts';
import { isWoken, scalingOf } from './scaling.ts';
import { type PodReading, type Readings, remembered, tickOf } from './tick.ts';
import { heldReplicas } from './usage.ts';

export interface WatchState {
  readonly readings: Readings;
  readonly memory: ScalerMemory;
  readonly verdict: ScalerVerdict | undefined;
  readonly trial: TrialMeasurement | undefined;
  readonly load: ServingLoad;
}

/** Pods whose metrics count: those that clients are sent to. */
export function readablePods(pods: readonly Pod[]): Pod[] {
  return pods.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined &&
      status?.podIP !== undefined &&
      (status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false),
  );
}

type Seen = Omit<Observed, 'load'>;

interface Glance {
  readonly seen: Seen;
  readonly readings: readonly PodReading[];
  readonly settings: Pick<Settings, 'servingImage' | 'catalogue'>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function watch(before: WatchState | undefined, glance: Glance): WatchState {
  const { seen, readings, now } = glance;
  const earlier: Readings = before?.readings ?? new Map();
  const tick = readings.length === 0 ? undefined : tickOf(earlier, readings, now);
  const trial = measureTrial(before?.trial, {
    id: stepId(seen.student.status?.canary),
    pods: seen.pods,
    earlier,
    readings,
    now,
  });
  const memory = before?.memory ?? newMemory(now, priorOf(seen.student));
  const { autoscaling } = seen.student.spec;
  const observed = { ...seen, load: before?.load };
  const next = remembered(earlier, readings, now - staleMs);
  if (autoscaling === undefined || scalingOf(observed).by !== 'BuiltIn') {
    const ticks = tick === undefined ? memory.ticks : withTick(memory.ticks, tick);
    const kept = { ...newMemory(now, memory.capacity), ticks };
    return { readings: next, memory: kept, trial, verdict: undefined, load: loadOf(kept, glance, { trial }) };
  }
  const current = wantedReplicas(observed);
  const verdict = decideReplicas(
    { policy: policyOf(autoscaling), current, now, tick, room: roomOf(seen, current), wake: isWoken(seen.student) },
    memory,
  );
  return {
    readings: next,
    memory: verdict.memory,
    trial,
    verdict,
    load: loadOf(verdict.memory, glance, { verdict, trial }),
  };
}

function loadOf(
  { ticks }: ScalerMemory,
  { seen, settings }: Glance,
  { verdict, trial }: { readonly verdict?: ScalerVerdict; readonly trial: TrialMeasurement | undefined },
): ServingLoad {
  const estimates = estimateServing(seen, quietWindow(ticks), settings);
  return { verdict, measured: measure(ticks), estimates, trial };
}

/** What the planner thinks of a replica, with a margin, until one has been seen at its limit. */
function priorOf({ status }: StudentDeployment): number | undefined {
  const predicted = status?.placement?.throughputTokensPerSecond;
  return predicted === undefined ? undefined : Number(predicted) * 0.8;
}

/** More replicas than are wanted now that the pool could hold; one that waits for its place has taken one of the free ones. */
function roomOf({ student, pods, pools }: Seen, current: number): number | undefined {
  const { pool: name, gpus = 0 } = student.status?.placement ?? {};
  const pool: Pool | undefined = pools.find((candidate) => candidate.name === name);
  if (pool === undefined) return undefined;
  return Math.max(0, heldReplicas(pods) + freeSlots(pool, gpus) - current);
}

/** Whether the student's own controller should look: what it would write differs. */
export function isNews(student: StudentDeployment, before: WatchState | undefined, after: WatchState): boolean {
  // A step of a Canary ends by the clock and by what has been counted.
  if (student.status?.canary !== undefined) return true;
  const [old, now] = [before?.verdict, after.verdict];
  if (old?.replicas !== now?.replicas || old?.reason !== now?.reason) return true;
  return hasLatency(before) !== hasLatency(after) || isLoadNews(student.status, after.load);
}

function isLoadNews(status: StudentDeployment['status'], { measured, estimates = [] }: ServingLoad): boolean {
  return (
    estimatesStatus(status?.estimates, estimates) !== status?.estimates ||
    measuredStatus(status?.measured, measured) !== status?.measured
  );
}

function hasLatency(state: WatchState | undefined): boolean {
  return state?.load.measured?.firstToken !== undefined;
}
