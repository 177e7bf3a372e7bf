/** Removes finished stage Jobs that the stored status no longer refers to: failed tries, and earlier attempts. */
import type { Look } from './look.ts';
import { isFinished } from './job-state.ts';

/**
 * Only finished ones that the next try or stage has followed: a Job that the status does not know may be newer than the
 * status this look was given, and what it found is not written down yet. Reads the *stored* status for the same reason.
 */
export function sweepFinishedJobs({ draft, observed }: Look): void {
  const stages = observed.job.status?.stages ?? [];
  const referred = new Set(stages.map((stage) => stage.jobName));
  const newestStart =
    stages
      .map((stage) => stage.startTime ?? '')
      .toSorted()
      .at(-1) ?? '';
  for (const job of observed.stageJobs.values()) {
    const { name, uid = '', creationTimestamp = '', deletionTimestamp } = job.metadata;
    if (!isFinished(job) || referred.has(name) || deletionTimestamp !== undefined) continue;
    if (creationTimestamp < newestStart) draft.act({ type: 'delete-stage-job', name, uid });
  }
}
