/** The part of Kueue's Workload that is read: alike in both versions. Kueue makes one for each Job that it manages. */
import type { Condition } from './condition-list.ts';
import type { ObjectMeta } from './core.ts';
import type { ResourceName } from './resources.ts';

export interface Workload {
  apiVersion: string;
  kind: 'Workload';
  metadata: ObjectMeta;
  spec?: { queueName?: string; active?: boolean };
  status?: {
    conditions?: readonly Omit<Condition, 'observedGeneration'>[];
    admission?: { clusterQueue: string; podSetAssignments?: readonly { flavors?: Readonly<Record<string, string>> }[] };
    admissionChecks?: readonly { name: string; state: string; message?: string }[];
  };
}

/** The versions that are read, the preferred one first. */
export const workloadResources = [workload('v1beta2'), workload('v1beta1')] as const;

function workload(version: string): ResourceName {
  return { group: 'kueue.x-k8s.io', version, plural: 'workloads', kind: 'Workload', namespaced: true };
}
