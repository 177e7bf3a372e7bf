/** What is seen of Kueue, for some of our Jobs. */
import type { Job } from '../api/core.ts';
import type { Kueue } from '../domain/distillation/queue.ts';
import type { Stored } from '../kube/types.ts';
import type { Stores } from './stores.ts';

export function observeKueue({ workloads }: Stores, jobs: readonly Stored<Job>[]): Kueue {
  const pairs = jobs.flatMap(({ metadata }) =>
    workloads.store.byIndex('job', metadata.uid).map((workload) => [metadata.uid, workload] as const),
  );
  return { served: workloads.served, workloads: new Map(pairs) };
}
