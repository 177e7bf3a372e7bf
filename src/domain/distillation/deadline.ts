/** `activeDeadlineSeconds`, counted as batch/v1 counts it: from the start, and anew after a suspension. Kueue's queue stops the clock. */
import { endUnfinished } from './end-unfinished.ts';
import type { Look } from './look.ts';
import { failJob } from './finish.ts';
import { isWaitingInQueue } from './queue-mirror.ts';

const reason = 'DeadlineExceeded';

export function enforceDeadline(look: Look): 'continue' | 'stop' {
  const { draft } = look;
  const limit = draft.job.spec.activeDeadlineSeconds;
  const started = draft.status.startTime;
  if (limit === undefined || started === undefined || isWaitingInQueue(draft)) return 'continue';
  const leftMs = Date.parse(started) + limit * 1000 - draft.now;
  if (leftMs > 0) {
    draft.requeueAfter(leftMs);
    return 'continue';
  }
  const message = `the job was active for longer than spec.activeDeadlineSeconds (${limit})`;
  endUnfinished(look, reason, message);
  failJob(draft, reason, message);
  return 'stop';
}
