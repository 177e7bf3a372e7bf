/** A pool picked for a pod, and what that means for the pod's specification. */
import type { PodSpec, ResourceAmounts, Toleration } from '../api/core.ts';
import type { Pool } from './planning/pool.ts';
import { formatBytes, formatCpuMillis } from './quantity.ts';

export interface PoolChoice {
  readonly pool: Pool;
  /** Whole GPUs of one node; 0 on a pool without GPUs. */
  readonly gpus: number;
}

/** Part of a node's CPU and memory left to system daemons when a pod takes all its GPUs. */
const daemonShare = 0.1;
/** On a pool without GPUs a pod takes at most half a node, so that two stages of different jobs fit. */
const cpuPoolShare = 0.5;
const mebibyte = 1024 * 1024;

/** Node selector and tolerations that lead to the pool and nowhere else. */
export function podPlacement({ pool }: PoolChoice): Pick<PodSpec, 'nodeSelector' | 'tolerations'> {
  return {
    nodeSelector: { ...pool.nodeSelector },
    tolerations: pool.tolerations.map((toleration) => ({ ...toleration }) as Toleration),
  };
}

/** The pod's GPUs and its share of the node's CPU and memory; requests equal limits, so that quotas count the whole. */
export function podResources(choice: PoolChoice): ResourceAmounts {
  const { pool, gpus } = choice;
  const share = nodeShare(choice) * (1 - daemonShare);
  const cpuMillis = Math.max(100, Math.floor(smallest(pool, (node) => node.totalCpuMillis) * share));
  const memoryMebibytes = Math.max(
    256,
    Math.floor((smallest(pool, (node) => node.totalMemoryBytes) * share) / mebibyte),
  );
  const amounts = {
    // As the API server writes them, so that what it returns is what was sent.
    cpu: formatCpuMillis(cpuMillis),
    memory: formatBytes(memoryMebibytes * mebibyte),
    ...(pool.gpu === null || gpus === 0 ? {} : { [pool.gpu.resource]: String(gpus) }),
  };
  return { requests: amounts, limits: amounts };
}

/** The part of a node that the pod holds, and is charged for. */
export function nodeShare({ pool, gpus }: PoolChoice): number {
  if (pool.gpu === null || gpus === 0) return cpuPoolShare;
  return gpus / pool.gpu.perNode;
}

function smallest(pool: Pool, amount: (node: Pool['nodes'][number]) => number): number {
  return Math.min(...pool.nodes.map(amount));
}
