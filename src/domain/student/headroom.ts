/** Whether a rollout has room for an extra pod: without a spare GPU, a surge pod would wait for ever. */
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import type { PoolChoice } from '../pool-choice.ts';

export interface RolloutRoom {
  readonly maxSurge: number | string;
  readonly maxUnavailable: number | string;
  /** Why the rollout replaces pods in place although the spec allows a surge; undefined when it does not. */
  readonly limitation: string | undefined;
}

/** The spec's own numbers while a node of the pool could take one more pod; else one pod at a time, in place. */
export function rolloutRoom(student: StudentDeployment, { pool, gpus }: PoolChoice): RolloutRoom {
  const { maxSurge, maxUnavailable } = student.spec.rollout;
  const roomy = gpus === 0 || pool.nodes.some((node) => node.ready && node.freeGpus >= gpus);
  if (roomy) return { maxSurge, maxUnavailable, limitation: undefined };
  const limitation = `no node of pool ${pool.name} has ${gpus} free GPU(s) for a surge pod; replacing pods one at a time`;
  return { maxSurge: 0, maxUnavailable: 1, limitation };
}
