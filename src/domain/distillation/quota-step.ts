/** `DistillationQuota`: a job runs only under a grant that is written in the ledger, and stops where the grant ends. */
import { bookkeepingFinalizer } from '../../api/labels.ts';
import type { DistillationQuota } from '../../api/v1alpha1/distillation-quota.gen.ts';
import { formatCents } from '../money.ts';
import { entryOf, type Verdict, verdictOf } from '../quota/verdict.ts';
import { hoursText, readUsage } from '../quota/usage.ts';
import type { Draft } from './draft.ts';
import { livePods } from './job-state.ts';
import type { Look } from './look.ts';
import { askOf, currencyOf } from './quota-ask.ts';
import { stopRunningStage } from './suspend.ts';

export function holdToQuota(look: Look): 'continue' | 'stop' {
  const { draft, observed, settings } = look;
  const { job, quotas, pools } = observed;
  if (quotas.length === 0) {
    draft.dropCondition('QuotaReserved');
    return 'continue';
  }
  // Before anything is granted: the ledger has to see the end of whatever it lets run.
  if (!isKeptForTheLedger(look)) draft.act({ type: 'add-finalizer' });
  const input = { job, status: draft.status, pools, catalogue: settings.catalogue, rules: observed };
  const ask = askOf(input, currencyOf(job));
  if (ask === undefined) return 'continue';
  const verdict = verdictOf(quotas, job.metadata.uid, ask);
  if (verdict.kind === 'granted') return announceGrant(draft, quotas);
  // Older than the quota, or than its ledger: it goes on until the ledger has taken it in.
  if (verdict.kind === 'unknown' && livePods(observed.pods).length > 0) return 'continue';
  return wait(look, verdict);
}

function isKeptForTheLedger({ observed }: Look): boolean {
  return observed.job.metadata.finalizers?.includes(bookkeepingFinalizer) ?? false;
}

function announceGrant(draft: Draft, quotas: readonly DistillationQuota[]): 'continue' {
  const message = quotas.map((quota) => grantText(quota, draft.job.metadata.uid)).join('; ');
  const before = draft.getCondition('QuotaReserved');
  draft.condition({ type: 'QuotaReserved', status: 'True', reason: 'QuotaReserved', message });
  if (before?.status !== 'True')
    draft.event({ type: 'Normal', reason: 'QuotaReserved', action: 'Reserve', note: message });
  return 'continue';
}

function grantText(quota: DistillationQuota, uid: string): string {
  const entry = entryOf(quota, uid);
  const { cost, gpuSeconds } = readUsage(entry?.limit);
  const amounts = `${formatCents(cost)} ${quota.spec.currency} and ${hoursText(gpuSeconds)} GPU-hours in all`;
  return `${quota.metadata.name} lets the job use up to ${amounts}, on ${entry?.gpus ?? 0} GPU(s)`;
}

function wait(look: Look, verdict: Exclude<Verdict, { kind: 'granted' }>): 'stop' {
  const { draft } = look;
  stopRunningStage(look);
  // The job's deadline is about running, not about standing in a queue.
  delete draft.status.startTime;
  const known = verdict.kind === 'waiting';
  const reason = known ? verdict.reason : 'QuotaPending';
  const text = known ? verdict.message : 'the ledger is about to be written';
  const message = `DistillationQuota ${verdict.quota}: ${text}`;
  const before = draft.getCondition('QuotaReserved');
  draft.condition({ type: 'QuotaReserved', status: 'False', reason, message });
  if (known && reason !== 'QuotaPending' && before?.reason !== reason) {
    draft.event({ type: 'Warning', reason: 'WaitingForQuota', action: 'Wait', note: message });
  }
  draft.summary = { reason: 'WaitingForQuota', message };
  return 'stop';
}

/** A job that has ended says so to the ledgers; once they have settled it, nothing keeps it any more. */
export function settleWithQuotas({ draft, observed }: Look): void {
  const { job, quotas } = observed;
  const entries = quotas.flatMap((quota) => entryOf(quota, job.metadata.uid) ?? []);
  if (entries.some(({ state }) => state !== 'Settled')) return;
  if (entries.length > 0 && draft.getCondition('QuotaReserved')?.reason !== 'Settled') {
    const message = 'what the job used is in the ledger, and what it held is free';
    draft.condition({ type: 'QuotaReserved', status: 'False', reason: 'Settled', message });
    return;
  }
  if (job.metadata.finalizers?.includes(bookkeepingFinalizer)) draft.act({ type: 'remove-finalizer' });
}
