/**
 * How many replicas a student should have, and whether that is for the operator to write. One owner at a time: while an
 * autoscaler of its own object (a HorizontalPodAutoscaler, KEDA) has the number, it is left out of what we apply.
 */
import type { Observed } from './observed.ts';

/** As the spec says; while it leaves the number to a scaler that has not decided, what the Deployment has. */
export function wantedReplicas({ student, deployment }: Observed): number {
  const { replicas, autoscaling } = student.spec;
  if (autoscaling === undefined) return replicas ?? 1;
  return deployment?.spec.replicas ?? autoscaling.minReplicas;
}

export interface Scale {
  readonly replicas: number;
  /** False: somebody else writes the number, and we leave it out. */
  readonly isOurs: boolean;
}

export function scaleOf(observed: Observed): Scale {
  return { replicas: wantedReplicas(observed), isOurs: writesReplicas(observed) };
}

/**
 * Whether the operator writes `spec.replicas` of the Deployment. Server-side apply removes a field that its only owner stops
 * applying, and the default of 1 would take its place: say no only once somebody else owns the field.
 */
function writesReplicas(_observed: Observed): boolean {
  return true;
}
