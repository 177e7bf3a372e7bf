/** Whether a rollout has room for an extra pod: without a spare GPU, a surge pod would wait for ever. */
import type { PoolChoice } from '../pool-choice.ts';
import type { Observed } from './observed.ts';
import { wantedReplicas } from './replicas.ts';

export interface RolloutRoom {
  readonly maxSurge: number | string;
  readonly maxUnavailable: number | string;
  /** Why the rollout replaces pods in place although the spec allows a surge; undefined when it does not. */
  readonly limitation: string | undefined;
}

/** The spec's own numbers while a node of the pool could take one more pod, or has taken it; else one pod at a time, in place. */
export function rolloutRoom(observed: Observed, choice: PoolChoice): RolloutRoom {
  const { pool, gpus } = choice;
  const { maxSurge, maxUnavailable } = observed.student.spec.rollout;
  const roomy = gpus === 0 || pool.nodes.some((node) => node.ready && node.freeGpus >= gpus);
  if (roomy || surges(observed)) return { maxSurge, maxUnavailable, limitation: undefined };
  const limitation = `no node of pool ${pool.name} has ${gpus} free GPU(s) for a surge pod; replacing pods one at a time`;
  return { maxSurge: 0, maxUnavailable: 1, limitation };
}

/** The extra pod holds the last GPU itself: to call that full would end the old pods before the new ones answer. */
function surges(observed: Observed): boolean {
  const holding = observed.pods.filter(
    ({ spec, status }) => spec.nodeName !== undefined && !ended.has(status?.phase ?? ''),
  );
  return holding.length > wantedReplicas(observed);
}

const ended: ReadonlySet<string> = new Set(['Succeeded', 'Failed']);
