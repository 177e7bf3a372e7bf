import { stageJobName } from '../../api/names.ts';
import type { StageStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { PoolChoice } from '../pool-choice.ts';
import type { Draft } from './draft.ts';
import { optional } from './result-fields.ts';
import { type StageName, stageWords } from './stage.ts';

interface PendingInput {
  readonly draft: Draft;
  readonly stage: StageName;
  readonly pool: PoolChoice;
  /** The record that it follows, when the stage is tried again. */
  readonly before: StageStatus | undefined;
  readonly part?: string | undefined;
}

/** A record of the intent; each restart has a Job of its own, so that the failed one can be read and removed. */
export function pendingRecord({ draft, stage, pool, part, before }: PendingInput): StageStatus {
  const restarts = before === undefined ? 0 : (before.restarts ?? 0) + 1;
  const jobName = stageJobName(draft.job.metadata.name, {
    attempt: draft.attempt,
    stage: stageWords[stage].command,
    planId: draft.status.plan?.id ?? '',
    restarts,
    ...(part === undefined ? {} : { part }),
  });
  return {
    name: stage,
    attempt: draft.attempt,
    state: 'Pending',
    jobName,
    pool: pool.pool.name,
    gpus: pool.gpus,
    restarts,
    // The ledger of the stage outlives its Jobs, and so does what of it is paid.
    ...optional('endpointCost', before?.endpointCost),
  };
}
