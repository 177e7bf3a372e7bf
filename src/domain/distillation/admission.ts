/** What Kueue says of a stage Job, in its own words. */
import type { Job } from '../../api/core.ts';
import type { Workload } from '../../api/kueue.ts';
import { queueLabel } from '../../api/labels.ts';

type WorkloadCondition = Pick<NonNullable<NonNullable<Workload['status']>['conditions']>[number], 'reason' | 'message'>;

export interface Admission {
  /** Its pods run, or are about to. */
  readonly admitted: boolean;
  /** They did, and Kueue has stopped them. */
  readonly evicted: boolean;
  readonly reason: string;
  readonly message: string;
}

/** @param workload Kueue's account of the Job; undefined while there is none. */
export function admissionOf(job: Job, workload: Workload | undefined): Admission {
  const queue = `LocalQueue ${workload?.spec?.queueName ?? job.metadata.labels?.[queueLabel] ?? '(none)'}`;
  const hold = heldBy(job, workload);
  if (hold === undefined)
    return { admitted: true, evicted: false, reason: 'Admitted', message: `${queue}: ${grantText(job, workload)}` };
  return {
    admitted: false,
    evicted: conditionOf(workload, 'Evicted', 'True') !== undefined,
    reason: hold.reason,
    message: `${queue}: ${hold.message}${wayOut(workload)}`,
  };
}

/** Undefined for a Job that may run: it does, or Kueue is about to let it. */
function heldBy(job: Job, workload: Workload | undefined): WorkloadCondition | undefined {
  const quota = conditionOf(workload, 'QuotaReserved', 'False');
  const evicted = conditionOf(workload, 'Evicted', 'True');
  if (evicted !== undefined) return { ...evicted, message: joined(evicted.message, quota?.message) };
  if (job.spec.suspend !== true || conditionOf(workload, 'Admitted', 'True') !== undefined) return undefined;
  return conditionOf(workload, 'Finished', 'True') ?? quota ?? pendingChecks(workload) ?? notTakenIn(job);
}

/** Quota is reserved, and something besides Kueue has still to agree. */
function pendingChecks(workload: Workload | undefined): WorkloadCondition | undefined {
  if (conditionOf(workload, 'QuotaReserved', 'True') === undefined) return undefined;
  const open = (workload?.status?.admissionChecks ?? []).filter(({ state }) => state !== 'Ready');
  const message = open.map(({ name, state, message: text }) => `${name} is ${state}${text ? `: ${text}` : ''}`);
  return { reason: 'AdmissionChecksPending', message: `quota is reserved; admission checks: ${message.join('; ')}` };
}

function notTakenIn({ metadata }: Job): WorkloadCondition {
  return {
    reason: 'NotTakenIn',
    message: `Kueue has not looked at Job ${metadata.name} yet; if that lasts, see whether Kueue runs and manages Jobs in this namespace`,
  };
}

function grantText({ metadata }: Job, workload: Workload | undefined): string {
  const { clusterQueue, podSetAssignments = [] } = workload?.status?.admission ?? {};
  if (clusterQueue === undefined) return `Job ${metadata.name} runs`;
  const flavors = new Set(podSetAssignments.flatMap(({ flavors: chosen = {} }) => Object.values(chosen)));
  return `ClusterQueue ${clusterQueue} admitted Job ${metadata.name} on flavor ${[...flavors].join(', ')}`;
}

/** Nobody but its owner activates a Workload again. */
function wayOut(workload: Workload | undefined): string {
  return workload?.spec?.active === false
    ? `; set spec.active of Workload ${workload.metadata.name} to true to queue it again`
    : '';
}

function joined(first: string, second: string | undefined): string {
  return second === undefined || second === '' || second === first ? first : `${first}; ${second}`;
}

function conditionOf(workload: Workload | undefined, type: string, status: string): WorkloadCondition | undefined {
  return workload?.status?.conditions?.find((c) => c.type === type && c.status === status);
}
