/** Follows the Job of a stage that Kueue starts and stops: whatever Kueue decides is told, and nothing is done about it. */
import type { Job } from '../../api/core.ts';
import type { StageStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import { queueLabel } from '../../api/labels.ts';
import { admissionOf } from './admission.ts';
import { chargeStage, settlingSeconds, settlingTickSeconds } from './charge.ts';
import { isLive, podsOf } from './job-state.ts';
import { mirrorAdmission } from './queue-mirror.ts';
import { workloadOf } from './queue.ts';
import type { StageRun } from './stage-run.ts';
import { stageWords } from './stage.ts';
import { withdrawFromQueue } from './withdraw.ts';

/** Whether the Job may run now; one that may not is charged and told of here. */
export function followAdmission(run: StageRun, record: StageStatus, job: Job): boolean {
  const { draft, observed } = run;
  if (job.metadata.deletionTimestamp !== undefined || isMoved(run, job)) {
    withdrawFromQueue(run, record, job);
    tellQueued(run, `Job ${job.metadata.name} is on its way out`);
    return false;
  }
  const admission = admissionOf(job, workloadOf(observed.kueue, job));
  mirrorAdmission(draft, admission);
  if (admission.admitted) return true;
  const pods = podsOf(observed.pods, job);
  draft.putStage(chargeStage({ ...run, record, pods, minimumSeconds: settlingSeconds(pods) }));
  if (pods.some(isLive)) draft.requeueAfter(settlingTickSeconds * 1000);
  tellQueued(run, admission.message);
  return false;
}

/** The queue was changed while the Job waits in another one. */
function isMoved({ draft }: StageRun, { metadata, spec }: Job): boolean {
  const { queueName } = draft.job.spec;
  return spec.suspend === true && queueName !== undefined && metadata.labels?.[queueLabel] !== queueName;
}

function tellQueued({ draft, stage }: StageRun, message: string): void {
  draft.condition({ type: stageWords[stage].condition, status: 'Unknown', reason: 'Queued', message });
  draft.summary = { reason: 'Queued', message };
}
