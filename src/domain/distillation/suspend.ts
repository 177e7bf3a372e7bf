/** `spec.suspend`: the pods stop after a checkpoint, everything else stays. */
import type { Job } from '../../api/core.ts';
import type { StageStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { Look } from './look.ts';
import { chargeStage, settlingSeconds, settlingTickSeconds } from './charge.ts';
import { choicePool } from './candidate-choice.ts';
import { isFinished, isLive, podsOf } from './job-state.ts';
import { isQueued } from './queue.ts';
import { withdrawFromQueue } from './withdraw.ts';

export function holdSuspended({ draft, observed }: Look): 'continue' | 'stop' {
  const wasSuspended = draft.getCondition('Suspended')?.status === 'True';
  if (draft.job.spec.suspend !== true) {
    if (wasSuspended) {
      draft.condition({
        type: 'Suspended',
        status: 'False',
        reason: 'Resumed',
        message: 'the job goes on from its last checkpoint',
      });
      draft.event({
        type: 'Normal',
        reason: 'Resumed',
        action: 'Resume',
        note: 'The job goes on from its last checkpoint',
      });
    }
    draft.status.startTime ??= draft.timestamp;
    return 'continue';
  }
  stopRunningStage({ draft, observed });
  delete draft.status.startTime;
  const message = 'spec.suspend is true; the workspace and its checkpoints are kept';
  draft.condition({ type: 'Suspended', status: 'True', reason: 'SuspendedByUser', message });
  draft.summary = { reason: 'Suspended', message };
  if (!wasSuspended) draft.event({ type: 'Normal', reason: 'Suspended', action: 'Suspend', note: message });
  return 'stop';
}

/** Charges what has run, then stops its Job: the pods end after a checkpoint. */
export function stopRunningStage(look: Pick<Look, 'draft' | 'observed'>): void {
  const { draft, observed } = look;
  for (const record of draft.status.stages ?? []) {
    // A Pending record may already have its Job: it was created by the look before.
    const job = observed.stageJobs.get(record.jobName ?? '');
    if (job === undefined || isFinished(job)) continue;
    if (isQueued(job, observed.kueue)) {
      withdrawFromQueue(look, record, job);
    } else {
      stop(look, record, job);
    }
  }
}

/** What a pod costs while it writes its checkpoint and ends is charged as it happens: once it is gone nobody knows. */
function stop({ draft, observed }: Pick<Look, 'draft' | 'observed'>, record: StageStatus, job: Job): void {
  const pods = podsOf(observed.pods, job);
  const pool = choicePool(observed.pools, record, draft.status);
  const isStopping = job.spec.suspend === true;
  const minimumSeconds = isStopping ? settlingSeconds(pods) : 0;
  draft.putStage(chargeStage({ draft, record, pods, pool, minimumSeconds }));
  if (pods.some(isLive)) draft.requeueAfter(settlingTickSeconds * 1000);
  if (isStopping) return;
  draft.act({ type: 'suspend-stage-job', name: job.metadata.name, uid: job.metadata.uid ?? '', suspend: true });
}
