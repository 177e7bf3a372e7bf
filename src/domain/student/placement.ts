/** Chooses the pool that serves: the one that is named, else the one the job's plan chose, else the cheapest that fits. */
import type { DistillationJob } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import { choosePool } from '../planning/pools-for-stage.ts';
import { refusePool } from '../planning/placement.ts';
import type { PoolChoice } from '../pool-choice.ts';
import type { Observed } from './observed.ts';

export interface PlacedModel {
  readonly choice: PoolChoice;
  /** How the pool was found when it was chosen. */
  readonly reason: string;
}

/** Undefined when no pool fits. A pool once chosen is kept while it is there and allowed: replicas do not wander. */
export function placeModel(observed: Observed): PlacedModel | undefined {
  const { student, source, pools } = observed;
  const kept = student.status?.placement;
  const planned = plannedServing(source);
  const named = (name: string | undefined): PoolChoice | undefined => {
    const pool = pools.find((candidate) => candidate.name === name);
    const gpus = kept?.pool === name ? kept?.gpus : planned?.servingGpus;
    return pool === undefined ? undefined : { pool, gpus: pool.gpu === null ? 0 : Math.max(1, gpus ?? 1) };
  };
  const wanted = student.spec.placement.poolName;
  if (wanted !== undefined) return tagged(named(wanted), 'PoolNamed');
  return (
    tagged(allowed(named(kept?.pool), student), kept?.reason ?? 'CheapestFit') ??
    tagged(named(planned?.servingPool), 'PlannedByJob') ??
    tagged(cheapest(observed), 'CheapestFit')
  );
}

function plannedServing(source: DistillationJob | undefined) {
  return source?.status?.plan?.selected;
}

/** Unless the spec rules the pool out by now. A pool whose nodes are not ready for a moment is no reason to move. */
function allowed(choice: PoolChoice | undefined, student: StudentDeployment): PoolChoice | undefined {
  const refusal = choice === undefined ? null : refusePool(choice.pool, student.spec.placement);
  return refusal === null || refusal.reason === 'PoolNotReady' ? choice : undefined;
}

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
  const chosen = plannedServing(source)?.student;
  const models = source?.status?.profile?.models ?? [];
  return (models.find(({ role, name }) => role === 'Student' && name === chosen)?.facts?.parameters ?? 0) * 2;
}

function tagged(choice: PoolChoice | undefined, reason: PlacedModel['reason']): PlacedModel | undefined {
  return choice === undefined ? undefined : { choice, reason };
}
