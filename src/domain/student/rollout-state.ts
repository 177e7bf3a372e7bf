/** Reads a Deployment's status as a rollout. */
import type { Deployment } from '../../api/core.ts';
import { revisionLabel } from '../../api/labels.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import type { PodTrouble } from '../pod-trouble.ts';
import { replicasOf } from './workload.ts';

export interface RolloutState {
  readonly replicas: number;
  /** The wanted number answers, of whatever revision. */
  readonly available: boolean;
  /** Only the newest revision is left, and all of it answers. */
  readonly complete: boolean;
  /** The Deployment has not moved for its deadline. */
  readonly stuck: boolean;
  readonly reason: 'RolloutComplete' | 'RollingOut' | 'Paused' | 'ProgressDeadlineExceeded';
  readonly message: string;
}

export interface RolloutView {
  readonly student: StudentDeployment;
  readonly deployment: Deployment | undefined;
  readonly revision: string;
  readonly trouble: PodTrouble | undefined;
  readonly limitation: string | undefined;
}

export function describeRollout(view: RolloutView): RolloutState {
  const { student, deployment, revision } = view;
  const wanted = replicasOf(student);
  const status = deployment?.status ?? {};
  const observed = deployment !== undefined && isObserved(deployment, revision);
  const availableReplicas = status.availableReplicas ?? 0;
  const updated = status.updatedReplicas ?? 0;
  const complete = observed && updated === wanted && availableReplicas === wanted && (status.replicas ?? 0) === wanted;
  const stuck = observed && !complete && exceededDeadline(deployment);
  const base = { replicas: wanted, available: deployment !== undefined && availableReplicas >= wanted, complete, stuck };
  if (complete) return { ...base, reason: 'RolloutComplete', message: `revision ${revision} serves with ${wanted} replica(s)` };
  const progress = `revision ${revision}: ${updated} of ${wanted} replica(s) updated, ${availableReplicas} available`;
  const message = [progress, view.trouble?.message, view.limitation].filter((part) => part !== undefined).join('; ');
  if (stuck) return { ...base, reason: 'ProgressDeadlineExceeded', message };
  return { ...base, reason: student.spec.paused === true ? 'Paused' : 'RollingOut', message };
}

/** Counts of an older generation, or of an older template, say nothing about this revision. */
function isObserved(deployment: Deployment, revision: string): boolean {
  const current = deployment.spec.template.metadata.labels[revisionLabel] === revision;
  return current && deployment.status?.observedGeneration === deployment.metadata.generation;
}

function exceededDeadline(deployment: Deployment): boolean {
  const progressing = deployment.status?.conditions?.find((condition) => condition.type === 'Progressing');
  return progressing?.status === 'False' && progressing.reason === 'ProgressDeadlineExceeded';
}
