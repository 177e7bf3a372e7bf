/** Closes the records of what still runs when a job fails as a whole. */
import { choicePool } from './candidate-choice.ts';
import { chargeStage } from './charge.ts';
import { chargeEndpoints } from './endpoint-bill.ts';
import { podsOf } from './job-state.ts';
import type { Look } from './look.ts';

/** Charged before they go: once this is stored, the Jobs of a finished job are deleted. */
export function endUnfinished({ draft, observed }: Look, reason: string, message: string): void {
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
    const billed = chargeEndpoints(draft, charged, pods);
    draft.putStage({ ...billed, state: 'Failed', completionTime: draft.timestamp, message });
  }
  const attempt = draft.status.attempts?.at(-1);
  if (attempt?.state === 'Running')
    draft.putAttempt({ ...attempt, state: 'Failed', reason, completionTime: draft.timestamp });
}
