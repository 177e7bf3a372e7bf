/** How a server ends without losing a request: what it waits for, added up once, so that no part is shorter than another needs. */
import type { ServingTargets } from '../../api/v1alpha1/student-deployment.gen.ts';

/** In seconds. */
export interface StopTimes {
  /** From the decision to end a pod until every proxy knows: the server still accepts (preStop). */
  readonly leave: number;
  /** Then it finishes the requests that it has; without being told, vLLM drops them at once (`--shutdown-timeout`). */
  readonly drain: number;
  /** Both, and the time to end: afterwards the kubelet kills (`terminationGracePeriodSeconds`). */
  readonly grace: number;
}

const leave = 5;
const end = 5;
const usualDrain = 50;
const leastDrain = 30;
/** Longer, and a node could not be drained in any maintenance window. */
const mostDrain = 900;

/** Twice the longest request that the targets allow, within bounds; the usual time when they do not say. */
export function stopTimes(targets: ServingTargets): StopTimes {
  const { maxTimeToFirstTokenMilliseconds: first = 0, maxInterTokenLatencyMilliseconds: inter, outputTokens } = targets;
  const longest = inter === undefined || outputTokens === undefined ? undefined : (first + inter * outputTokens) / 1000;
  const drain = longest === undefined ? usualDrain : Math.min(mostDrain, Math.max(leastDrain, Math.ceil(2 * longest)));
  return { leave, drain, grace: leave + drain + end };
}
