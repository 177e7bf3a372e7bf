/** `activeDeadlineSeconds`, counted as batch/v1 counts it: from the start, and anew after a suspension. */
import type { Look } from './decide.ts';
import { failJob } from './finish.ts';

export function enforceDeadline({ draft }: Look): 'continue' | 'stop' {
  const limit = draft.job.spec.activeDeadlineSeconds;
  const started = draft.status.startTime;
  if (limit === undefined || started === undefined) return 'continue';
  const leftMs = Date.parse(started) + limit * 1000 - draft.now;
  if (leftMs > 0) {
    draft.requeueAfter(leftMs);
    return 'continue';
  }
  failJob(draft, 'DeadlineExceeded', `the job was active for longer than spec.activeDeadlineSeconds (${limit})`);
  return 'stop';
}
