/** The end of a job, and what is left to do for one that has ended. */
import type { Look } from './look.ts';
import type { Draft } from './draft.ts';
import { isFinished as hasEnded } from './job-state.ts';
import { settleWithQuotas } from './quota-step.ts';

export function failJob(draft: Draft, reason: string, message: string): void {
  draft.condition({ type: 'Succeeded', status: 'False', reason, message });
  draft.condition({ type: 'Failed', status: 'True', reason, message });
  draft.condition({ type: 'Stalled', status: 'True', reason, message });
  draft.status.completionTime = draft.timestamp;
  draft.event({ type: 'Warning', reason: 'DistillationFailed', action: 'Fail', note: `${reason}: ${message}` });
}

export function succeed(draft: Draft, message: string): void {
  draft.condition({ type: 'Succeeded', status: 'True', reason: 'Distilled', message });
  draft.status.completionTime = draft.timestamp;
  draft.event({ type: 'Normal', reason: 'DistillationSucceeded', action: 'Complete', note: message });
}

/** A finished job never runs again; what still runs for it is stopped, and its Jobs go when their time is up. */
export function keepFinished(look: Look): 'continue' | 'stop' {
  const { draft, observed } = look;
  if (!isFinished(draft)) return 'continue';
  for (const job of observed.stageJobs.values()) {
    if (job.metadata.deletionTimestamp !== undefined) continue;
    if (isExpired(draft) || !hasEnded(job)) {
      draft.act({ type: 'delete-stage-job', name: job.metadata.name, uid: job.metadata.uid ?? '' });
    }
  }
  settleWithQuotas(look);
  wakeForExpiry(draft, observed.stageJobs.size);
  return 'stop';
}

function isFinished(draft: Draft): boolean {
  const status = draft.getCondition('Succeeded')?.status;
  return status === 'True' || status === 'False';
}

function isExpired(draft: Draft): boolean {
  return expiryMs(draft) <= draft.now;
}

function expiryMs(draft: Draft): number {
  const ttl = draft.job.spec.ttlSecondsAfterFinished;
  const end = draft.status.completionTime;
  return ttl === undefined || end === undefined ? Number.POSITIVE_INFINITY : Date.parse(end) + ttl * 1000;
}

function wakeForExpiry(draft: Draft, children: number): void {
  const expiry = expiryMs(draft);
  // Once it is past, the deletions themselves wake us.
  if (children > 0 && Number.isFinite(expiry) && expiry > draft.now) draft.requeueAfter(expiry - draft.now);
}
