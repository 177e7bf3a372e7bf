/** Whether a rollout has room for extra pods: without a spare GPU, a surge pod would wait for ever. */
import type { Pod, PodTemplate } from '../../api/core.ts';
import { revisionLabel } from '../../api/labels.ts';
import { gpusOfPod } from '../planning/pod-claims.ts';
import type { Pool, PoolNode } from '../planning/pool.ts';
import { parseBytes, parseCpuMillis } from '../quantity.ts';
import { isCanary } from './canary/measurement.ts';
import type { TrialRoom } from './canary/split.ts';
import type { Observed } from './observed.ts';
import type { Revision } from './revision.ts';

export interface RolloutRoom {
  readonly maxSurge: number | string;
  readonly maxUnavailable: number | string;
  /** Why the rollout surges less than the spec allows; undefined when it does not. */
  readonly limitation: string | undefined;
}

/** The spec's own numbers where the nodes could take as many pods more; fewer where they take fewer; none: one at a time, in place. */
export function rolloutRoom(observed: Observed, pool: Pool, template: PodTemplate, replicas: number): RolloutRoom {
  const { maxSurge, maxUnavailable } = observed.student.spec.rollout;
  const asked = surgeOf(maxSurge, replicas);
  // Extra pods hold room themselves: to call that full would end the old pods before the new ones answer.
  const room = slots(pool, template) + surging(observed, replicas);
  if (asked === 0 || room >= asked) return { maxSurge, maxUnavailable, limitation: undefined };
  const gpus = gpusOf(pool, template);
  if (room > 0) {
    const limitation = `the nodes of pool ${pool.name} have room for ${room} of ${asked} surge pods with ${gpus} GPU(s)`;
    return { maxSurge: room, maxUnavailable, limitation };
  }
  const limitation = `no node of pool ${pool.name} has room for a surge pod with ${gpus} GPU(s); replacing pods one at a time`;
  return { maxSurge: 0, maxUnavailable: 1, limitation };
}

/** A percentage is rounded up, as Kubernetes does. */
function surgeOf(maxSurge: number | string, replicas: number): number {
  const text = String(maxSurge);
  return text.endsWith('%') ? Math.ceil((Number(text.slice(0, -1)) * replicas) / 100) : Number(text);
}

/** Pods that the nodes could take now, each as a whole: a pod never spans two. */
function slots(pool: Pool, template: PodTemplate): number {
  const { requests = {} } = template.spec.containers[0]?.resources ?? {};
  const gpus = gpusOf(pool, template);
  const cpu = parseCpuMillis(requests['cpu']) ?? 0;
  const memory = parseBytes(requests['memory']) ?? 0;
  const fitting = (node: PoolNode): number => {
    const shares = [ratio(node.freeGpus, gpus), ratio(node.freeCpuMillis, cpu), ratio(node.freeMemoryBytes, memory)];
    return node.ready ? Math.floor(Math.min(...shares)) : 0;
  };
  return pool.nodes.reduce((sum, node) => sum + fitting(node), 0);
}

function gpusOf({ gpu }: Pool, template: PodTemplate): number {
  return gpu === null ? 0 : gpusOfPod(template);
}

function ratio(free: number, needed: number): number {
  return needed === 0 ? Number.MAX_SAFE_INTEGER : free / needed;
}

/** Those of a canary are not the Deployment's. */
function surging({ pods }: Observed, replicas: number): number {
  return Math.max(0, pods.filter((pod) => holds(pod) && !isCanary(pod)).length - replicas);
}

/** Room for pods of the candidate, counting those of the student that hold it already. */
export function trialRoom(observed: Observed, { stable, candidate }: TrialRevisions): TrialRoom {
  const pool = observed.pools.find(({ name }) => name === candidate.pool);
  const shared = stable.pool === candidate.pool;
  const held = observed.pods.filter(
    (pod) => holds(pod) && (shared || pod.metadata.labels?.[revisionLabel] === candidate.name),
  ).length;
  const free = pool === undefined ? 0 : slots(pool, candidate.template);
  return { capacity: held + free, shared };
}

interface TrialRevisions {
  readonly stable: Revision;
  readonly candidate: Revision;
}

function holds({ spec, status }: Pod): boolean {
  return spec.nodeName !== undefined && !ended.has(status?.phase ?? '');
}

const ended: ReadonlySet<string> = new Set(['Succeeded', 'Failed']);
