/** Finds the candidate an attempt runs with, and its pools as they are now. */
import type {
  AttemptStatus,
  Candidate,
  DistillationJobStatus,
  Plan,
  StageStatus,
} from '../../api/v1alpha1/distillation-job.gen.ts';
import type { Pool } from '../planning/pool.ts';
import { recipeKey } from '../planning/recipe.ts';
import type { PoolChoice } from '../pool-choice.ts';

/** The candidate by its name in the plan; undefined for a name the plan does not hold. */
export function findCandidate(plan: Plan | undefined, name: string | undefined): Candidate | undefined {
  const all = [...(plan?.selected === undefined ? [] : [plan.selected]), ...(plan?.front ?? [])];
  return all.find((candidate) => candidate.name === name);
}

/** The next candidate that no attempt has tried: the selected one first, then the front in the planner's order. */
export function nextCandidate(plan: Plan, attempts: readonly AttemptStatus[]): Candidate | undefined {
  const tried = new Set(attempts.map((attempt) => attempt.candidate));
  const ladder = [...(plan.selected === undefined ? [] : [plan.selected]), ...(plan.front ?? [])];
  return ladder.find((candidate) => !tried.has(candidate.name) && !repeats(candidate, plan, attempts));
}

/** Another pool would train the same student on the same data: only a different pair, strategy or method is worth an attempt. */
function repeats(candidate: Candidate, plan: Plan, attempts: readonly AttemptStatus[]): boolean {
  return attempts.some((attempt) => {
    const tried = findCandidate(plan, attempt.candidate);
    return tried !== undefined && recipeKey(tried) === recipeKey(candidate);
  });
}

export function poolNamed(pools: readonly Pool[], name: string | undefined, gpus: number): PoolChoice | undefined {
  const pool = pools.find((candidate) => candidate.name === name);
  return pool === undefined ? undefined : { pool, gpus: pool.gpu === null ? 0 : gpus };
}

/** The pool that a stage's record names, with the GPUs its candidate has there. */
export function choicePool(
  pools: readonly Pool[],
  record: StageStatus,
  status: DistillationJobStatus,
): PoolChoice | undefined {
  return poolNamed(pools, record.pool, record.gpus ?? stageGpus(record, status));
}

function stageGpus({ name }: StageStatus, { plan, attempts, pilots }: DistillationJobStatus): number {
  if (name === 'Profile') return 1;
  if (name === 'Pilot') return pilots?.find(({ state }) => state === 'Running')?.gpus ?? 0;
  return findCandidate(plan, attempts?.at(-1)?.candidate)?.trainingGpus ?? 0;
}
