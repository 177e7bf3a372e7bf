/** Stops a stage's Job that Kueue manages. */
import type { Job } from '../../api/core.ts';
import type { StageStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import { choicePool } from './candidate-choice.ts';
import { chargeStage, settlingSeconds, settlingTickSeconds } from './charge.ts';
import { isLive, podsOf } from './job-state.ts';
import type { Look } from './look.ts';
import { isWithdrawn, withdraw } from './queue-mirror.ts';
import { optional } from './result-fields.ts';

/**
 * Kueue would resume a Job that we suspend, and admit one that waits. So it is deleted, once it is stored that it is we who do, and
 * charged until its last pod has ended.
 */
export function withdrawFromQueue(
  { draft, observed }: Pick<Look, 'draft' | 'observed'>,
  record: StageStatus,
  job: Job,
): void {
  const { name, uid = '', resourceVersion, deletionTimestamp } = job.metadata;
  const pods = podsOf(observed.pods, job);
  const pool = choicePool(observed.pools, record, draft.status);
  draft.putStage(chargeStage({ draft, record, pods, pool, minimumSeconds: settlingSeconds(pods) }));
  if (pods.some(isLive)) draft.requeueAfter(settlingTickSeconds * 1000);
  if (deletionTimestamp !== undefined) return;
  if (isWithdrawn(draft))
    draft.act({ type: 'delete-stage-job', name, uid, ...optional('resourceVersion', resourceVersion) });
  withdraw(draft, name);
}
