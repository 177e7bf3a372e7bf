/** Where a Canary stands among the steps of its spec. */
import type {
  CanaryStatus,
  RolloutStep,
  StudentDeployment,
  StudentDeploymentSpec,
} from '../../../api/v1alpha1/student-deployment.gen.ts';
import type { Revision } from '../revision.ts';

const usualSteps: readonly RolloutStep[] = [
  { weightPercentage: 25, pauseSeconds: 300 },
  { weightPercentage: 50, pauseSeconds: 300 },
];

export function stepsOf({ rollout }: StudentDeploymentSpec): readonly RolloutStep[] {
  const { steps } = rollout;
  return steps === undefined || steps.length === 0 ? usualSteps : steps;
}

/** Whether the trial of `revision` was passed: the stable replicas take it over. */
export function isPromoted({ spec, status }: StudentDeployment, revision: string): boolean {
  const { canary } = status ?? {};
  if (spec.rollout.strategy !== 'Canary' || canary?.revision !== revision) return false;
  return (canary.step ?? 0) >= stepsOf(spec).length;
}

export function keptStatus({ status }: StudentDeployment, candidate: Revision): CanaryStatus | undefined {
  return status?.canary?.revision === candidate.name ? status.canary : undefined;
}

/** Steps that were taken out of the spec leave the last one. */
export function position(student: StudentDeployment, kept: CanaryStatus | undefined) {
  const steps = stepsOf(student.spec);
  const index = Math.min(kept?.step ?? 0, steps.length - 1);
  const [first = { weightPercentage: 100, pauseSeconds: 0 }] = steps;
  return { index, step: steps[index] ?? first, previous: steps[index - 1] };
}
