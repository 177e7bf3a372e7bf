/** What the quotas of a namespace get to see of a job. */
import type { Job, Pod } from '../../api/core.ts';
import type { DistillationJob } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { Catalogue } from '../planning/catalogue.ts';
import { gpusOfPod } from '../planning/pod-claims.ts';
import type { Pool } from '../planning/pool.ts';
import type { NamespaceRules } from '../quota/allowance.ts';
import type { JobView } from '../quota/job-view.ts';
import { isFinished } from './job-state.ts';
import { isQueued, type Kueue } from './queue.ts';
import { askOf, currencyOf, usageOf } from './quota-ask.ts';

export interface ViewInput {
  readonly job: DistillationJob;
  /** Pods of the job that may still run. */
  readonly livePods: readonly Pod[];
  /** All that there are of the job. */
  readonly stageJobs: readonly Job[];
  readonly kueue: Kueue;
  readonly pools: readonly Pool[];
  readonly catalogue: Catalogue;
  readonly rules: NamespaceRules;
  readonly priority: number;
}

export function viewOf(input: ViewInput, quotaCurrency: string): JobView {
  const { job, livePods, stageJobs, kueue, priority } = input;
  const { metadata, status = {} } = job;
  return {
    uid: metadata.uid,
    name: metadata.name,
    priority,
    created: Date.parse(metadata.creationTimestamp),
    ended: hasEnded(job),
    released: reservation(job)?.reason === 'Settled',
    usage: usageOf(status),
    currency: currencyOf(job),
    livePods: livePods.length,
    queued: livePods.length === 0 && standsInQueue(job),
    mayStart: stageJobs.some((each) => isQueued(each, kueue) && !isFinished(each)),
    heldGpus: livePods.reduce((sum, pod) => sum + gpusOfPod(pod), 0),
    ask: metadata.deletionTimestamp === undefined ? askOf({ ...input, status }, quotaCurrency) : undefined,
  };
}

/** Its status is final: nothing will be charged any more. */
function hasEnded(job: DistillationJob): boolean {
  const summary = job.status?.conditions?.find(({ type }) => type === 'Succeeded')?.status;
  return summary === 'True' || summary === 'False' || ['Ended', 'Settled'].includes(reservation(job)?.reason ?? '');
}

function standsInQueue({ status }: DistillationJob): boolean {
  const told = status?.conditions?.find(({ type }) => type === 'Admitted');
  return told?.status === 'False' && told.reason !== 'Withdrawn';
}

function reservation({ status }: DistillationJob) {
  return status?.conditions?.find(({ type }) => type === 'QuotaReserved');
}
