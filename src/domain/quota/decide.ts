/**
 * Keeps the ledger of a DistillationQuota: charges what jobs have used, settles those that ended, takes back what those at
 * rest no longer need, and admits who waits. The ledger is written under an optimistic lock, so of two operators that decide
 * from the same state one has its write refused; a job runs only once the written ledger says so.
 */
import { setCondition } from '../../api/condition-list.ts';
import type { DistillationQuota, DistillationQuotaStatus } from '../../api/v1alpha1/distillation-quota.gen.ts';
import { type Money, formatMoney, parseMoney } from '../money.ts';
import { admit, type Candidate, type Rules } from './admission.ts';
import { largestJobCaps, namespaceCaps } from './caps.ts';
import type { JobView } from './job-view.ts';
import { type Entry, Ledger } from './ledger.ts';
import { covers, gpuSecondsOfHours, hoursText, type Usage, writeUsage } from './usage.ts';

export interface QuotaEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

export interface QuotaDecision {
  readonly status: DistillationQuotaStatus;
  readonly events: readonly QuotaEvent[];
  readonly requeueAfterMs: number;
}

/** How often a quota is looked at while jobs wait, besides every change: waiting alone moves a job forward. */
const waitingTickMs = 60_000;
/** Longer sleeps would overrun a timer; nothing is lost by looking. */
const longestSleepMs = 3_600_000;

/** @param now milliseconds since the epoch. */
export function decideQuota(quota: DistillationQuota, jobs: readonly JobView[], now: number): QuotaDecision {
  const ledger = new Ledger(quota, now);
  const byUid = new Map(jobs.map((job) => [job.uid, job]));
  for (const job of jobs) ledger.charge(job);
  for (const entry of ledger.entries()) if (!byUid.has(entry.uid)) settle(ledger, entry);
  const candidates = jobs.flatMap((job) => place(ledger, job) ?? []);
  admit(ledger, candidates, {
    ...rulesOf(quota),
    queued: new Set(jobs.filter(({ queued }) => queued).map(({ uid }) => uid)),
  });
  ledger.prune(byUid);
  const status = statusOf(quota, ledger);
  const periodLeft = Date.parse(ledger.period.endTime) - now;
  const tick = (status.waiting ?? 0) > 0 ? waitingTickMs : longestSleepMs;
  return { status, events: eventsOf(ledger, quota), requeueAfterMs: Math.max(1000, Math.min(tick, periodLeft)) };
}

/** Where the job stands without asking for more; the candidate that it is if it asks. */
function place(ledger: Ledger, job: JobView): Candidate | undefined {
  const entry = ledger.entry(job.uid);
  if (job.ended && job.livePods === 0) {
    if (entry !== undefined) settle(ledger, entry);
    return undefined;
  }
  if (entry === undefined && job.livePods > 0) {
    adopt(ledger, job);
    return undefined;
  }
  const { ask } = job;
  if (ask === undefined) {
    if (entry !== undefined && job.livePods === 0 && !job.mayStart) rest(ledger, entry);
    return undefined;
  }
  if (entry !== undefined && entry.state === 'Granted' && covers(entry.limit, ask.minimum) && entry.gpus >= ask.gpus) {
    return undefined;
  }
  if (entry !== undefined) yieldUnused(ledger, entry, job);
  return { job, ask };
}

function settle(ledger: Ledger, entry: Entry): void {
  if (entry.state === 'Settled') return;
  ledger.put({ ...entry, state: 'Settled', limit: entry.charged, gpus: 0, reason: '', message: '' });
}

/** It runs since before there was a quota, or a ledger: it keeps what it holds, and asks for the rest like everybody. */
function adopt(ledger: Ledger, job: JobView): void {
  const entry = ledger.open(job);
  ledger.put({ ...entry, state: 'Granted', limit: job.ask?.minimum ?? job.usage, gpus: job.heldGpus });
}

function rest(ledger: Ledger, entry: Entry): void {
  ledger.put({ ...entry, state: 'Idle', limit: entry.charged, gpus: 0, reason: '', message: '' });
}

/** A job that needs more than it has, and has stopped, holds nothing while it waits: else two could block each other. */
function yieldUnused(ledger: Ledger, entry: Entry, job: JobView): void {
  if (job.livePods > 0 || job.mayStart) return;
  ledger.put({ ...entry, state: entry.state === 'Granted' ? 'Waiting' : entry.state, limit: entry.charged, gpus: 0 });
}

function rulesOf({ spec }: DistillationQuota): Omit<Rules, 'queued'> {
  const { cost, gpuHours } = spec.largestJob;
  const most: Usage = {
    cost: (cost === undefined ? null : parseMoney(cost)) ?? (BigInt(Number.MAX_SAFE_INTEGER) as Money),
    gpuSeconds: gpuHours === undefined ? Number.MAX_SAFE_INTEGER : gpuSecondsOfHours(gpuHours),
  };
  return {
    namespace: namespaceCaps(spec),
    largest: largestJobCaps(spec),
    clamp: (wanted) => ({
      cost: wanted.cost < most.cost ? wanted.cost : most.cost,
      gpuSeconds: Math.min(wanted.gpuSeconds, most.gpuSeconds),
    }),
    allowUnpriced: spec.unknownPrices === 'Allow' || (spec.limits.cost === undefined && cost === undefined),
  };
}

function statusOf(quota: DistillationQuota, ledger: Ledger): DistillationQuotaStatus {
  const { period, spent, history, waiting, entries } = ledger.write();
  const { gpus, jobs, ...reserved } = ledger.reserved();
  const observedGeneration = quota.metadata.generation;
  const message = readyMessage(quota, ledger, waiting);
  return {
    observedGeneration,
    period,
    spent: { ...writeUsage(spent), gpuHours: hoursText(spent.gpuSeconds) },
    reserved: { cost: formatMoney(reserved.cost), gpuSeconds: reserved.gpuSeconds, gpus, jobs },
    waiting,
    entries,
    history,
    conditions: setCondition(
      quota.status?.conditions ?? [],
      { type: 'Ready', status: 'True', reason: 'LedgerKept', message, observedGeneration },
      ledger.now,
    ),
  };
}

function readyMessage(quota: DistillationQuota, ledger: Ledger, waiting: number): string {
  const taken = { ...ledger.spent, gpus: 0, jobs: 0 };
  const reserved = ledger.reserved();
  const uses = namespaceCaps(quota.spec).map((cap) => {
    const used = cap.of(taken) + cap.of(reserved);
    return `${cap.text(used)} of ${cap.text(cap.limit)}`;
  });
  const taking = uses.length === 0 ? 'no caps on the namespace' : `spent or reserved: ${uses.join(', ')}`;
  return waiting === 0 ? taking : `${taking}; ${waiting} job(s) wait`;
}

function eventsOf(ledger: Ledger, quota: DistillationQuota): QuotaEvent[] {
  const { ended } = ledger;
  if (ended === undefined) return [];
  const note = `The period from ${ended.startTime} to ${ended.endTime} came to ${ended.spent.cost} ${quota.spec.currency} and ${hoursText(ended.spent.gpuSeconds)} GPU-hours`;
  return [{ type: 'Normal', reason: 'PeriodEnded', action: 'Settle', note }];
}
