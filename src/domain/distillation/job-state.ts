/** Reads the state of a stage's Job. */
import type { Job, Pod } from '../../api/core.ts';
import { secondsBetween } from '../time.ts';

export function hasCondition(job: Job, type: 'Complete' | 'Failed' | 'Suspended'): boolean {
  return job.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

/** Nothing of it runs any more, nor will. */
export function isFinished(job: Job): boolean {
  return hasCondition(job, 'Complete') || hasCondition(job, 'Failed');
}

/** After so long without a pod, something keeps the Job controller from creating it. */
export const podlessMs = 30_000;

/** Whether a Job that should run has had no pod for too long. One that is resumed counts from there, once the Job controller has seen it. */
export function isPodless(job: Job, pods: readonly Pod[], now: number): boolean {
  const { metadata, spec, status } = job;
  if (pods.length > 0 || spec.suspend === true || hasCondition(job, 'Suspended')) return false;
  return secondsBetween(status?.startTime ?? metadata.creationTimestamp, undefined, now) * 1000 >= podlessMs;
}

/** Pods that may still run, whatever Job they are of. */
export function livePods(pods: ReadonlyMap<string, readonly Pod[]>): Pod[] {
  return [...pods.values()].flat().filter(isLive);
}

export function isLive({ status }: Pod): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

/** The Job's own pods: those of a deleted Job of the same name may still be there. */
export function podsOf(pods: ReadonlyMap<string, readonly Pod[]>, { metadata }: Job): Pod[] {
  const named = pods.get(metadata.name) ?? [];
  return named.filter((pod) => pod.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid));
}

/** Which shard a pod of an Indexed Job runs. */
export function shardOf({ metadata }: Pod): number {
  return Number(metadata.labels?.['batch.kubernetes.io/job-completion-index'] ?? 0);
}
