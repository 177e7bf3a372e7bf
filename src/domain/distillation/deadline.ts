/** `activeDeadlineSeconds`, counted as batch/v1 counts it: from the start, and anew after a suspension. */
import { choicePool } from './candidate-choice.ts';
import { chargeStage } from './charge.ts';
import type { Look } from './look.ts';
import { failJob } from './finish.ts';
import { podsOf } from './job-state.ts';

const reason = 'DeadlineExceeded';

export function enforceDeadline(look: Look): 'continue' | 'stop' {
  const { draft } = look;
  const limit = draft.job.spec.activeDeadlineSeconds;
  const started = draft.status.startTime;
  if (limit === undefined || started === undefined) return 'continue';
  const leftMs = Date.parse(started) + limit * 1000 - draft.now;
  if (leftMs > 0) {
    draft.requeueAfter(leftMs);
    return 'continue';
  }
  const message = `the job was active for longer than spec.activeDeadlineSeconds (${limit})`;
  endUnfinished(look, message);
  failJob(draft, reason, message);
  return 'stop';
}

/** Charged before they go: once this is stored, the Jobs of a finished job are deleted. */
function endUnfinished({ draft, observed }: Look, message: string): void {
  const { pools } = observed;
  for (const record of draft.status.stages ?? []) {
    if (record.state === 'Succeeded' || record.state === 'Failed') continue;
    const job = observed.stageJobs.get(record.jobName ?? '');
    const pods = job === undefined ? [] : podsOf(observed.pods, job);
    const charged = chargeStage({
      draft,
      record,
      pods,
      pool: choicePool(pools, record, draft.status),
      minimumSeconds: 0,
    });
    draft.putStage({ ...charged, state: 'Failed', completionTime: draft.timestamp, message });
  }
  const attempt = draft.status.attempts?.at(-1);
  if (attempt?.state === 'Running')
    draft.putAttempt({ ...attempt, state: 'Failed', reason, completionTime: draft.timestamp });
}
