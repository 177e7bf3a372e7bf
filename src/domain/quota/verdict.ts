/** What the written ledgers say about one job: whether it may go on, or for what it waits. */
import type { DistillationQuota, LedgerEntry } from '../../api/v1alpha1/distillation-quota.gen.ts';
import type { Ask } from './job-view.ts';
import { covers, readUsage } from './usage.ts';

export type Verdict =
  | { readonly kind: 'granted' }
  /** The ledger does not know the job yet. */
  | { readonly kind: 'unknown'; readonly quota: string }
  | { readonly kind: 'waiting'; readonly quota: string; readonly reason: string; readonly message: string };

/** All quotas of a namespace must grant; the first that does not is what the job waits for. */
export function verdictOf(quotas: readonly DistillationQuota[], uid: string, ask: Ask): Verdict {
  for (const quota of quotas) {
    const verdict = verdictOfOne(quota, uid, ask);
    if (verdict.kind !== 'granted') return verdict;
  }
  return { kind: 'granted' };
}

function verdictOfOne(quota: DistillationQuota, uid: string, ask: Ask): Verdict {
  const { name } = quota.metadata;
  const entry = entryOf(quota, uid);
  if (entry === undefined) return { kind: 'unknown', quota: name };
  const granted =
    entry.state === 'Granted' && covers(readUsage(entry.limit), ask.minimum) && (entry.gpus ?? 0) >= ask.gpus;
  if (granted) return { kind: 'granted' };
  return {
    kind: 'waiting',
    quota: name,
    reason: entry.state === 'Waiting' ? (entry.reason ?? 'QuotaPending') : 'QuotaPending',
    message: entry.state === 'Waiting' ? (entry.message ?? '') : 'the ledger is about to be written',
  };
}

export function entryOf({ status }: DistillationQuota, uid: string): LedgerEntry | undefined {
  return status?.entries?.find((entry) => entry.jobUID === uid);
}
