/**
 * Which Jobs are Kueue's to start and stop. Whoever put them into a queue: `spec.queueName`, a default LocalQueue, or a Kueue
 * that manages every Job. Two that both write `spec.suspend` would never come to rest.
 */
import type { Job } from '../../api/core.ts';
import type { Workload } from '../../api/kueue.ts';
import { kueueLabels, queueLabel } from '../../api/labels.ts';
import type { DistillationJob } from '../../api/v1alpha1/distillation-job.gen.ts';

/** What is seen of Kueue. */
export interface Kueue {
  /** Whether Workloads can be read: Kueue is there, and tells us what it does. */
  readonly served: boolean;
  /** Workloads of the job's stage Jobs, by the uid of the Job. */
  readonly workloads: ReadonlyMap<string, Workload>;
}

export function workloadOf({ workloads }: Kueue, { metadata }: Job): Workload | undefined {
  return workloads.get(metadata.uid ?? '');
}

/** Whether the operator must leave `spec.suspend` of the Job alone. */
export function isQueued(job: Job, kueue: Kueue): boolean {
  return job.metadata.labels?.[queueLabel] !== undefined || workloadOf(kueue, job) !== undefined;
}

/** What Kueue reads on a Job of this DistillationJob. */
export function queueLabels({ metadata, spec }: DistillationJob): Record<string, string> {
  const passed = kueueLabels.flatMap((label) => {
    const value = metadata.labels?.[label];
    return value === undefined ? [] : [[label, value] as const];
  });
  return { ...Object.fromEntries(passed), ...(spec.queueName === undefined ? {} : { [queueLabel]: spec.queueName }) };
}
