/** What stands around the replicas: how many may be evicted at once, and who may speak to them. */
import type { NetworkPolicy, PodDisruptionBudget } from '../../api/core.ts';
import { studentDeploymentLabel, studentLabels } from '../../api/labels.ts';
import { ownerReference } from '../../api/names.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';

function metadataOf(student: StudentDeployment) {
  const { name, namespace } = student.metadata;
  return { name, namespace, labels: studentLabels(name), ownerReferences: [ownerReference(student)] };
}

/** One at a time. Of a single replica it would allow the same as none does, so there is none. */
export function buildDisruptionBudget(student: StudentDeployment, replicas: number): PodDisruptionBudget | undefined {
  if (replicas < 2) return undefined;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadataOf(student),
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: { [studentDeploymentLabel]: student.metadata.name } },
    },
  };
}

/** Anybody may reach the port that serves, and nobody another: the engine's processes talk to each other without a password. */
export function buildNetworkPolicy(student: StudentDeployment): NetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataOf(student),
    spec: {
      podSelector: { matchLabels: { [studentDeploymentLabel]: student.metadata.name } },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ protocol: 'TCP', port: student.spec.runtime.port }] }],
    },
  };
}
