/** Whether the replicas hold to `spec.serving`: the SLOMet condition, with hysteresis so that a value at its limit does not flap. */
import type { ConditionInput } from '../../../api/condition-list.ts';
import type { ServingTargets } from '../../../api/v1alpha1/student-deployment.gen.ts';
import type { Measured } from './measured.ts';

type Verdict = Pick<ConditionInput, 'type' | 'status' | 'reason' | 'message'>;

/** Beyond its target by this much an objective is missed; within it by this much it is met again. */
const margin = 0.05;
/** Fewer, and a 95 % point says nothing. */
const fewest = 20;

/** @param was the condition's status; undefined without one. An undefined verdict says that there is no objective. */
export function objectiveVerdict(
  targets: ServingTargets,
  measured: Measured | undefined,
  was: string | undefined,
): Verdict | undefined {
  const objectives = [
    objective('time to the first token', targets.maxTimeToFirstTokenMilliseconds, measured?.firstToken),
    objective('time between two tokens', targets.maxInterTokenLatencyMilliseconds, measured?.interToken),
  ].filter(({ target }) => target !== undefined);
  if (objectives.length === 0) return undefined;
  const judged = objectives.filter(({ observations }) => observations >= fewest);
  if (judged.length === 0) return was === undefined ? unknown : undefined;
  const factor = was === 'False' ? 1 - margin : 1 + margin;
  const missed = judged.filter(({ target = 0, milliseconds }) => milliseconds > target * factor);
  if (missed.length === 0) return { type: 'SLOMet', status: 'True', reason: 'TargetsMet', message: met(objectives) };
  const message = missed.map(({ name, target }) => `the ${name} is above its target of ${target} ms`).join('; ');
  return { type: 'SLOMet', status: 'False', reason: 'TargetsMissed', message: `for one request in twenty ${message}` };
}

const unknown: Verdict = {
  type: 'SLOMet',
  status: 'Unknown',
  reason: 'NoTraffic',
  message: `fewer than ${fewest} requests were measured in five minutes`,
};

function objective(name: string, target: number | undefined, latency: Measured['firstToken']) {
  return { name, target, milliseconds: (latency?.highSeconds ?? 0) * 1000, observations: latency?.observations ?? 0 };
}

function met(objectives: readonly { readonly name: string; readonly target: number | undefined }[]): string {
  return objectives.map(({ name, target }) => `the ${name} is within ${target} ms for 95 % of the requests`).join('; ');
}
