/** A pool picked for a pod, and what that means for the pod's specification. */
import type { PodSpec, ResourceAmounts, Toleration } from '../api/core.ts';
import { type Pool, podShape } from './planning/pool.ts';
import { fitted, noCeiling, type PodCeiling } from './pod-ceiling.ts';
import { formatBytes, formatCpuMillis } from './quantity.ts';

export interface PoolChoice {
  readonly pool: Pool;
  /** Whole GPUs of one node; 0 on a pool without GPUs. */
  readonly gpus: number;
  /** While serving: stages over which the layers are spread. One when left out. */
  readonly pipeline?: number;
}

const mebibyte = 1024 * 1024;
/** What a pod gets at least, whatever its node. */
const leastCpuMillis = 100;
const leastMebibytes = 256;

/** Node selector and tolerations that lead to the pool and nowhere else. */
export function podPlacement({ pool }: PoolChoice): Pick<PodSpec, 'nodeSelector' | 'tolerations'> {
  return {
    nodeSelector: { ...pool.nodeSelector },
    tolerations: pool.tolerations.map((toleration) => ({ ...toleration }) as Toleration),
  };
}

/**
 * The pod's GPUs and its share of the node's CPU and memory, as far as the namespace allows; requests equal limits, so that quotas
 * count the whole.
 */
export function podResources({ pool, gpus }: PoolChoice, ceiling: PodCeiling = noCeiling): ResourceAmounts {
  const share = podShape(pool, gpus);
  const cpuMillis = fitted(share.cpuMillis, ceiling.leastCpuMillis, ceiling.cpuMillis);
  const memoryBytes = fitted(share.memoryBytes, ceiling.leastMemoryBytes, ceiling.memoryBytes);
  const amounts = {
    // As the API server writes them, so that what it returns is what was sent.
    cpu: formatCpuMillis(Math.max(leastCpuMillis, cpuMillis)),
    memory: formatBytes(Math.max(leastMebibytes, Math.floor(memoryBytes / mebibyte)) * mebibyte),
    // Claimed ones are asked for by the pod, and are no amount.
    ...(pool.gpu === null || pool.gpu.claim !== undefined || gpus === 0 ? {} : { [pool.gpu.resource]: String(gpus) }),
  };
  return { requests: amounts, limits: amounts };
}
