/**
 * The end of a job that somebody deletes while a quota counts it: its pods stop after a checkpoint, their last seconds are
 * charged, the ledger settles it, and only then does the object go. Without a quota it goes at once, with all it owns.
 */
import { bookkeepingFinalizer } from '../../api/labels.ts';
import { chargeStage } from './charge.ts';
import { choicePool } from './candidate-choice.ts';
import type { Decision } from './decision.ts';
import { Draft } from './draft.ts';
import { livePods, podsOf } from './job-state.ts';
import type { Look } from './look.ts';
import type { Observed, Settings } from './observed.ts';
import { settleWithQuotas } from './quota-step.ts';

/** Undefined when the job is none of the ledgers' business any more. */
export function decideDeletion(observed: Observed, settings: Settings, now: number): Decision | undefined {
  const { job } = observed;
  if (!(job.metadata.finalizers?.includes(bookkeepingFinalizer) ?? false)) return undefined;
  const draft = new Draft(job, now);
  const look = { draft, observed, settings };
  if (stopAndCharge(look)) settleEnded(look);
  return draft.decision();
}

/** Whether nothing runs any more. */
function stopAndCharge({ draft, observed }: Look): boolean {
  const { stageJobs, pods, pools } = observed;
  for (const record of draft.status.stages ?? []) {
    const job = stageJobs.get(record.jobName ?? '');
    if (job === undefined) continue;
    const pool = choicePool(pools, record, draft.status);
    draft.putStage(chargeStage({ draft, record, pods: podsOf(pods, job), pool, minimumSeconds: 0 }));
    if (job.metadata.deletionTimestamp === undefined)
      draft.act({ type: 'delete-stage-job', name: job.metadata.name, uid: job.metadata.uid ?? '' });
  }
  return stageJobs.size === 0 && livePods(pods).length === 0;
}

/** The word that nothing more comes is stored with the last charge, and the ledger waits for it. */
function settleEnded(look: Look): void {
  const { draft, observed } = look;
  if (observed.quotas.length > 0 && !['Ended', 'Settled'].includes(draft.getCondition('QuotaReserved')?.reason ?? '')) {
    const message = 'the job is being deleted and nothing of it runs any more';
    draft.condition({ type: 'QuotaReserved', status: 'False', reason: 'Ended', message });
    return;
  }
  settleWithQuotas(look);
}
