/**
 * Chooses the pool that serves: the one that is named, else the one that the job's plan chose, else the cheapest that holds the
 * targets. A pool once chosen is kept while it is there and allowed, with all that was decided for it: replicas do not wander,
 * unless `placement.replan` lets them.
 */
import type { DistillationJob } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { PlacementStatus, ServingTargets, StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import { refusePool } from '../planning/placement.ts';
import type { Pool } from '../planning/pool.ts';
import { choosePool } from '../planning/pools-for-stage.ts';
import { planServing, type ServingPlan, type ServingQuestion } from '../planning/serving-plan.ts';
import type { ServingOption } from '../planning/serving-option.ts';
import type { PoolChoice } from '../pool-choice.ts';
import { farBetter } from './far-better.ts';
import type { ServableModel } from './model.ts';
import type { Observed, Settings } from './observed.ts';
import { placementStatus, type PlacementReason } from './placement-status.ts';
import { servingQuestion } from './serving-question.ts';

export interface PlacedModel {
  readonly choice: PoolChoice;
  /** What was decided with it, as the status keeps it. */
  readonly status: PlacementStatus;
}

export type Placing =
  | { readonly kind: 'placed'; readonly placed: PlacedModel }
  | { readonly kind: 'none'; readonly message: string };

interface Look {
  readonly observed: Observed;
  readonly model: ServableModel;
  readonly question: ServingQuestion | undefined;
  readonly plan: ServingPlan | undefined;
  readonly now: number;
}

/** @param now milliseconds since the epoch. */
export function placeModel(observed: Observed, model: ServableModel, settings: Settings, now: number): Placing {
  const { student } = observed;
  const kept = keptChoice(observed);
  if (kept !== undefined && isSettled(student, model) && !mayMove(student, now)) {
    return { kind: 'placed', placed: kept };
  }
  const question = servingQuestion(observed, settings);
  const plan = question === undefined ? undefined : planServing(question);
  const look: Look = { observed, model, question, plan, now };
  if (kept !== undefined) return { kind: 'placed', placed: stayOrMove(kept, look) };
  const lost = student.status?.placement?.pool;
  if (lost !== undefined && student.spec.placement.replan === 'Never' && !isThere(observed, lost)) {
    const message = `pool ${lost} is gone, and spec.placement.replan is Never; bring it back, or let the replicas move`;
    return { kind: 'none', message };
  }
  return placeAnew(look);
}

/** As the status has it, if the pool is there, and what the spec asks for allows it. A pool whose nodes are not ready for a moment is kept. */
function keptChoice({ student, pools }: Observed): PlacedModel | undefined {
  const status = student.status?.placement;
  const pool = pools.find(({ name }) => name === status?.pool);
  if (status === undefined || pool === undefined) return undefined;
  const refusal = refusePool(pool, student.spec.placement);
  if (refusal !== null && refusal.reason !== 'PoolNotReady') return undefined;
  return { choice: choiceOf(pool, status.gpus, status.pipeline), status };
}

/** @param pipeline stages, where there is more than one. */
function choiceOf(pool: Pool, gpus = 1, pipeline = 1): PoolChoice {
  if (pool.gpu === null) return { pool, gpus: 0 };
  const whole = Math.max(1, gpus);
  return { pool, gpus: whole, ...(pipeline > 1 && whole % pipeline === 0 ? { pipeline } : {}) };
}

/** Nothing that the decision stands on has been changed by anybody. */
function isSettled({ metadata, status }: StudentDeployment, model: ServableModel): boolean {
  return status?.observedGeneration === metadata.generation && status?.modelUri === model.uri;
}

function isThere({ pools }: Observed, name: string): boolean {
  return pools.some((pool) => pool.name === name);
}

/** How long replicas stay where they are, whatever appears: a move replaces every one of them. */
const leastStayMs = 3_600_000;

/** Only a healthy student, only with permission, and never back and forth. */
function mayMove({ spec, status }: StudentDeployment, now: number): boolean {
  const since = Date.parse(status?.placement?.decidedTime ?? '');
  const isWhole = status?.currentRevision !== undefined && status.currentRevision === status.updateRevision;
  return (
    spec.placement.replan === 'WhenBetter' &&
    spec.paused !== true &&
    spec.placement.poolName === undefined &&
    isWhole &&
    !(now - since < leastStayMs)
  );
}

function stayOrMove(kept: PlacedModel, look: Look): PlacedModel {
  const { observed, plan, model } = look;
  const { student } = observed;
  const here = plan === undefined ? undefined : optionOf(plan, kept.choice);
  const [best] = plan?.options ?? [];
  if (best !== undefined && mayMove(student, look.now) && farBetter(best, here)) {
    return settled(best, look, 'FarBetter');
  }
  if (isSettled(student, model)) return kept;
  const reason = (kept.status.reason ?? 'Kept') as PlacementReason;
  const status = statusOf(kept.choice, here, { look, reason, decidedTime: kept.status.decidedTime });
  // What was decided for these weights stays, though the prediction is gone: it is part of the pods, and would replace them.
  const isSameModel = student.status?.modelUri === model.uri;
  if (here !== undefined || !isSameModel) return { choice: kept.choice, status };
  return {
    choice: kept.choice,
    status: plan === undefined ? kept.status : { ...kept.status, message: status.message ?? '' },
  };
}

function placeAnew(look: Look): Placing {
  const { observed, plan } = look;
  const { student, source } = observed;
  const { poolName } = student.spec.placement;
  const named = poolName === undefined ? undefined : observed.pools.find(({ name }) => name === poolName);
  const planned = source?.status?.plan?.selected;
  if (named !== undefined) return placed(withGpus(named, planned, plan), look, 'PoolNamed');
  const byJob = plannedChoice(look, planned);
  if (byJob !== undefined) return placed(byJob, look, 'PlannedByJob');
  const [best] = plan?.options ?? [];
  if (best !== undefined) return { kind: 'placed', placed: settled(best, look, 'CheapestFit') };
  const fallback = plan === undefined ? cheapest(observed) : undefined;
  if (fallback !== undefined) return placed(fallback, look, 'CheapestFit');
  const why =
    plan === undefined || plan.refusals.length === 0 ? 'no pool fits spec.placement' : plan.refusals.join('; ');
  return { kind: 'none', message: `no pool in the cluster can serve it, waiting for one: ${why}` };
}

type Selected = NonNullable<NonNullable<NonNullable<DistillationJob['status']>['plan']>['selected']>;

/** The job has weighed its own targets; those of the student are held against it besides. */
function plannedChoice({ observed, plan }: Look, planned: Selected | undefined): PoolChoice | undefined {
  const { student, pools } = observed;
  const pool = pools.find(({ name }) => name === planned?.servingPool);
  if (pool === undefined || refusePool(pool, student.spec.placement) !== null) return undefined;
  const choice = choiceOf(pool, planned?.servingGpus, planned?.servingPipeline);
  if (!hasTargets(student.spec.serving)) return choice;
  return plan === undefined || optionOf(plan, choice) !== undefined ? choice : undefined;
}

function hasTargets(serving: ServingTargets): boolean {
  const { inputTokens: _in, outputTokens: _out, ...targets } = serving;
  return Object.keys(targets).length > 0;
}

/** A named pool with the GPUs that hold the targets there, or those that the job planned with. */
function withGpus(pool: Pool, planned: Selected | undefined, plan: ServingPlan | undefined): PoolChoice {
  const option = plan?.options.find((candidate) => candidate.pool.name === pool.name);
  if (option !== undefined) return choiceOf(pool, option.gpus, option.pipeline);
  return choiceOf(pool, planned?.servingGpus, planned?.servingPipeline);
}

/** Of a model whose sizes are not all known; that of its weights may be. */
function cheapest({ pools, student, source }: Observed): PoolChoice | undefined {
  const { placement } = student.spec;
  const bytes = weightBytes(source);
  const withGpu = choosePool(pools, { bytes, gpus: 1, placement });
  if (withGpu !== null) return { pool: withGpu, gpus: 1 };
  const without = choosePool(pools, { bytes, gpus: 0, placement });
  return without === null ? undefined : { pool: without, gpus: 0 };
}

/** Of the job's student, in 16 bits; 0 when nobody has measured the model. */
function weightBytes(source: DistillationJob | undefined): number {
  const chosen = source?.status?.plan?.selected?.student;
  const models = source?.status?.profile?.models ?? [];
  return (models.find(({ role, name }) => role === 'Student' && name === chosen)?.facts?.parameters ?? 0) * 2;
}

function optionOf(plan: ServingPlan, { pool, gpus, pipeline = 1 }: PoolChoice): ServingOption | undefined {
  return plan.options.find(
    (option) => option.pool.name === pool.name && option.gpus === gpus && option.pipeline === pipeline,
  );
}

function placed(choice: PoolChoice, look: Look, reason: PlacementReason): Placing {
  const option = look.plan === undefined ? undefined : optionOf(look.plan, choice);
  return { kind: 'placed', placed: { choice, status: statusOf(choice, option, { look, reason }) } };
}

function settled(option: ServingOption, look: Look, reason: PlacementReason): PlacedModel {
  const { pools } = look.observed;
  // The planner saw the pool as if we were not there.
  const pool = pools.find(({ name }) => name === option.pool.name) ?? option.pool;
  const choice = choiceOf(pool, option.gpus, option.pipeline);
  return { choice, status: statusOf(choice, option, { look, reason }) };
}

interface Why {
  readonly look: Look;
  readonly reason: PlacementReason;
  readonly decidedTime?: string | undefined;
}

function statusOf(choice: PoolChoice, option: ServingOption | undefined, why: Why): PlacementStatus {
  const { look, reason } = why;
  return placementStatus({
    choice,
    option,
    reason,
    question: look.question,
    plan: look.plan,
    decidedTime: why.decidedTime ?? new Date(look.now).toISOString().replace(/\.\d+Z$/, 'Z'),
  });
}
