import { stageJobName } from '../../api/names.ts';
import type { StageStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { PoolChoice } from '../pool-choice.ts';
import type { Draft } from './draft.ts';
import { type StageName, stageWords } from './stage.ts';

interface PendingInput {
  readonly draft: Draft;
  readonly stage: StageName;
  readonly pool: PoolChoice;
  readonly restarts: number;
}

/** A record of the intent; each restart has a Job of its own, so that the failed one can be read and removed. */
export function pendingRecord({ draft, stage, pool, restarts }: PendingInput): StageStatus {
  const jobName = stageJobName(draft.job.metadata.name, {
    attempt: draft.attempt,
    stage: stageWords[stage].command,
    planId: draft.status.plan?.id ?? '',
    restarts,
  });
  return {
    name: stage,
    attempt: draft.attempt,
    state: 'Pending',
    jobName,
    pool: pool.pool.name,
    gpus: pool.gpus,
    restarts,
  };
}
