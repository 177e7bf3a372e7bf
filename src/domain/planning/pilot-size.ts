/** How large a trial run is, where it runs, and what it is going to cost. */
import { addMoney, compareMoney, costOfSeconds, type Money } from '../money.ts';
import { compareText } from '../text.ts';
import {
  PILOT_FIRST_SHARE,
  PILOT_GROWTH,
  PILOT_LEAST_STEPS,
  PILOT_MAX_RUNGS,
  PILOT_START_SECONDS,
  PILOT_STOP_SECONDS,
} from './constants.ts';
import { type Group, trainingWork } from './enumerate.ts';
import { limitsOf } from './limits.ts';
import type { PlanInputs } from './request.ts';
import { servingDevice } from './serving-site.ts';
import { sitesOf } from './site.ts';
import { generationSeconds, trainingSteps, type Workload } from './training.ts';
import { TrainingFits } from './training-fit.ts';
import { endpointCost, TrainingOption } from './training-option.ts';

export interface PilotSize {
  readonly steps: number;
  readonly rows: number;
}

/**
 * A sixteenth of the whole run at first, twice as much in every further rung; never less than twice the warm-up, in which
 * nothing is learnt. Null when there is no such rung: the last is four doublings up, or the run before it was whole already.
 */
export function pilotSize(rung: number, workload: Workload, warmupSteps: number): PilotSize | null {
  const whole = trainingSteps(workload);
  const first = Math.max(Math.ceil(whole * PILOT_FIRST_SHARE), 2 * warmupSteps, PILOT_LEAST_STEPS);
  const stepsAt = (at: number): number => Math.min(Math.max(1, whole), first * PILOT_GROWTH ** at);
  if (rung >= PILOT_MAX_RUNGS || (rung > 0 && stepsAt(rung) === stepsAt(rung - 1))) return null;
  const steps = stepsAt(rung);
  return { steps, rows: Math.max(1, Math.min(workload.rows, steps * workload.batchSize)) };
}

export interface TrialSize extends PilotSize {
  /** Questions that the student answers in the end. */
  readonly probeSamples: number;
}

export interface PilotEstimate {
  readonly pool: string;
  readonly gpus: number;
  /** From the start of the pod to its end. */
  readonly seconds: number;
  /** Of pod and tokens; null where a price is unknown. */
  readonly cost: Money | null;
  /** What the pod costs in an hour; null where unknown. */
  readonly hourly: Money | null;
}

/** The cheapest way to try a recipe on the pools that could train it; null when there is none. */
export function estimatePilot(group: Group, size: TrialSize, inputs: PlanInputs): PilotEstimate | null {
  const options = group.training.filter(({ nodes }) => nodes === 1);
  const [estimate] = options
    .flatMap((option) => estimateOn(option, group, size, inputs) ?? [])
    .sort(
      (a, b) => compareCosts(a.cost, b.cost) || a.seconds - b.seconds || a.gpus - b.gpus || compareText(a.pool, b.pool),
    );
  return estimate ?? null;
}

function estimateOn(
  { pool, gpus }: TrainingOption,
  group: Group,
  size: TrialSize,
  inputs: PlanInputs,
): PilotEstimate | null {
  const { currency } = limitsOf(inputs.request.constraints);
  const site = sitesOf(pool, 1, currency).find((candidate) => candidate.gpus === gpus);
  if (site === undefined) return null;
  // Neither the time nor the money of a whole run limits a trial: the search has limits of its own.
  const whole = trainingWork(inputs);
  const workload = { ...whole.workload, rows: size.rows, maxSteps: size.steps };
  const work = { ...whole, workload };
  const [fit] = new TrainingFits([site], work).of(group.pair);
  if (fit === undefined || 'refusal' in fit) return null;
  const answering = generationSeconds(
    group.pair.student.facts,
    { ...workload, rows: size.probeSamples },
    servingDevice(pool, gpus === 0 ? 0 : 1),
  );
  const extra = answering + PILOT_START_SECONDS + PILOT_STOP_SECONDS;
  const { cost, seconds } = new TrainingOption(site, fit.seconds, endpointCost(group.pair, work));
  const total = cost === null || site.hourly === null ? null : addMoney(cost, costOfSeconds(site.hourly, extra));
  return { pool: pool.name, gpus, seconds: seconds + extra, cost: total, hourly: site.hourly };
}

function compareCosts(left: Money | null, right: Money | null): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  return compareMoney(left, right);
}
