/**
 * How many replicas a student should have, and whether that is for the operator to write. One owner at a time: while an
 * autoscaler of its own object (a HorizontalPodAutoscaler, KEDA) has the number, it is left out of what we apply.
 */
import type { Autoscaling } from '../../api/v1alpha1/student-deployment.gen.ts';
import { scalingOf } from './autoscale/scaling.ts';
import type { Observed } from './observed.ts';

export interface Scale {
  readonly replicas: number;
  /** False: somebody else writes the number, and we leave it out. */
  readonly isOurs: boolean;
}

export function scaleOf(observed: Observed): Scale {
  return { replicas: wantedReplicas(observed), isOurs: writesReplicas(observed) };
}

/** As its owner says; while a scaler has not decided, what the Deployment has. */
export function wantedReplicas(observed: Observed): number {
  const { replicas, autoscaling } = observed.student.spec;
  const { by } = scalingOf(observed);
  if (by === 'Spec') return replicas ?? 1;
  if (by === 'BuiltIn') return builtIn(observed);
  return observed.deployment?.spec.replicas ?? replicas ?? autoscaling?.minReplicas ?? 1;
}

function builtIn({ student, deployment, load }: Observed): number {
  const [own, desired] = [deployment?.spec.replicas, student.status?.autoscaling?.desiredReplicas];
  // During a Canary the Deployment has only the part that is not on trial.
  const before = student.status?.canary === undefined ? (own ?? desired) : (desired ?? own);
  return load?.verdict?.replicas ?? within(student.spec.autoscaling, before);
}

/** Before the first look, an idle student stays idle. */
function within(autoscaling: Autoscaling | undefined, replicas: number | undefined): number {
  if (autoscaling === undefined) return replicas ?? 1;
  const { idleReplicas, minReplicas, maxReplicas } = autoscaling;
  return Math.min(maxReplicas, Math.max(idleReplicas ?? minReplicas, replicas ?? minReplicas));
}

/** A new Deployment has the number from us, whoever scales it from then on. */
function writesReplicas(observed: Observed): boolean {
  const others: readonly string[] = ['Foreign', 'HPA', 'KEDA'];
  return observed.deployment === undefined || !others.includes(scalingOf(observed).by);
}

/**
 * Whether a Canary may take replicas from the Deployment: where the wanted number is known from elsewhere. Else what it took
 * would be taken for what is wanted, and again at each look.
 */
export function dividesReplicas(observed: Observed): boolean {
  const { by } = scalingOf(observed);
  if (by === 'Spec') return true;
  const known = observed.load?.verdict?.replicas ?? observed.student.status?.autoscaling?.desiredReplicas;
  return by === 'BuiltIn' && known !== undefined;
}
