/** Chooses the pool that serves: the one that is named, else the one the job's plan chose, else the cheapest that fits. */
import type { DistillationJob } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import { optional } from '../distillation/result-fields.ts';
import { choosePool } from '../planning/pools-for-stage.ts';
import type { Placement } from '../planning/request.ts';
import type { PoolChoice } from '../pool-choice.ts';
import type { Observed } from './observed.ts';

export interface PlacedModel {
  readonly choice: PoolChoice;
  readonly reason: 'PoolNamed' | 'PoolKept' | 'PlannedByJob' | 'CheapestFit';
}

/** Undefined when no pool fits. A pool once chosen is kept while it exists: replicas do not wander. */
export function placeModel(observed: Observed): PlacedModel | undefined {
  const { student, source, pools } = observed;
  const planned = plannedServing(source);
  const gpus = student.status?.placement?.gpus ?? planned?.servingGpus ?? 1;
  const named = (name: string | undefined): PoolChoice | undefined => {
    const pool = pools.find((candidate) => candidate.name === name);
    return pool === undefined ? undefined : { pool, gpus: pool.gpu === null ? 0 : Math.max(1, gpus) };
  };
  const wanted = student.spec.placement.poolName;
  if (wanted !== undefined) return tagged(named(wanted), 'PoolNamed');
  return (
    tagged(named(student.status?.placement?.pool), 'PoolKept') ??
    tagged(named(planned?.servingPool), 'PlannedByJob') ??
    tagged(cheapest(observed), 'CheapestFit')
  );
}

function plannedServing(source: DistillationJob | undefined) {
  return source?.status?.plan?.selected;
}

function cheapest({ pools, student }: Observed): PoolChoice | undefined {
  const placement = placementOf(student);
  const withGpu = choosePool(pools, { bytes: 0, gpus: 1, placement });
  if (withGpu !== null) return { pool: withGpu, gpus: 1 };
  const without = choosePool(pools, { bytes: 0, gpus: 0, placement });
  return without === null ? undefined : { pool: without, gpus: 0 };
}

function placementOf({ spec }: StudentDeployment): Placement {
  const { poolSelector, capacityTypes, regions, tolerations } = spec.placement;
  return {
    ...optional('poolSelector', poolSelector?.matchLabels),
    ...optional('capacityTypes', capacityTypes),
    ...optional('regions', regions),
    ...optional('tolerations', tolerations),
  };
}

function tagged(choice: PoolChoice | undefined, reason: PlacedModel['reason']): PlacedModel | undefined {
  return choice === undefined ? undefined : { choice, reason };
}
