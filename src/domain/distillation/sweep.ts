/** Removes finished stage Jobs that the stored status no longer refers to: failed tries, and earlier attempts. */
import type { Look } from './decide.ts';

/**
 * Only finished ones: a Job that runs may be newer than the status this look was given. Reads the *stored* status, so that
 * whatever a Job had to say has been written down before the Job goes.
 */
export function sweepFinishedJobs({ draft, observed }: Look): void {
  const referred = new Set(observed.job.status?.stages?.map((stage) => stage.jobName));
  for (const job of observed.stageJobs.values()) {
    const finished = job.status?.conditions?.some(
      (condition) => (condition.type === 'Complete' || condition.type === 'Failed') && condition.status === 'True',
    );
    if (finished !== true || referred.has(job.metadata.name) || job.metadata.deletionTimestamp !== undefined) continue;
    draft.act({ type: 'delete-stage-job', name: job.metadata.name, uid: job.metadata.uid ?? '' });
  }
}
