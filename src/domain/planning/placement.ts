import { satisfies } from '../capacity/requirements.ts';
import type { RejectionReason } from './candidate.ts';
import { taintText } from './node-facts.ts';
import { isGpuResource } from './pod-claims.ts';
import { hasReadyNode, type Pool, type Taint, type Toleration } from './pool.ts';
import { forbidPool } from './allowance.ts';
import type { LabelSelector, Placement } from './request.ts';

export interface Refusal {
  readonly reason: RejectionReason;
  /** One sentence with the numbers. */
  readonly message: string;
}

type Check = (pool: Pool, placement: Placement) => Refusal | null;

/** In the order in which they are told: what somebody asked for before what the pool is like. */
const CHECKS: readonly Check[] = [selected, inRegion, ofCapacityType, forbidPool, tolerated, ready, known];

/** Why nothing of this job may run on the pool; null when it may. */
export function refusePool(pool: Pool, placement: Placement): Refusal | null {
  for (const check of CHECKS) {
    const refusal = check(pool, placement);
    if (refusal) return refusal;
  }
  return null;
}

function tolerates(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some((toleration) => {
    if (toleration.effect && toleration.effect !== taint.effect) return false;
    if (!toleration.key) return toleration.operator === 'Exists';
    if (toleration.key !== taint.key) return false;
    return toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '');
  });
}

function matchesSelector(labels: Readonly<Record<string, string>>, selector: LabelSelector): boolean {
  const exact = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    exact &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) =>
      satisfies(labels[key], { key, operator, values }),
    )
  );
}

function selected(pool: Pool, { poolName, poolSelector }: Placement): Refusal | null {
  if (poolName !== undefined && poolName !== pool.name) {
    return { reason: 'PoolNotSelected', message: `placement.poolName asks for ${poolName}` };
  }
  if (!poolSelector || matchesSelector(pool.labels, poolSelector)) return null;
  return { reason: 'PoolNotSelected', message: 'its nodes do not match placement.poolSelector' };
}

function inRegion(pool: Pool, { regions = [] }: Placement): Refusal | null {
  if (regions.length === 0 || (pool.region !== null && regions.includes(pool.region))) return null;
  return {
    reason: 'RegionExcluded',
    message: `it is in ${pool.region ?? 'an unlabelled region'}; allowed: ${regions.join(', ')}`,
  };
}

function ofCapacityType(pool: Pool, { capacityTypes = [] }: Placement): Refusal | null {
  if (capacityTypes.length === 0 || capacityTypes.includes(pool.capacityType)) return null;
  return {
    reason: 'CapacityTypeExcluded',
    message: `its capacity type is ${pool.capacityType}; allowed: ${capacityTypes.join(', ')}`,
  };
}

/** A taint named after the GPU resource keeps out pods that do not ask for it; ours do, and tolerate it. */
function tolerated(pool: Pool, { tolerations = [] }: Placement): Refusal | null {
  const asksFor = ({ key }: Taint): boolean =>
    key === pool.gpu?.resource || (pool.gpu?.claim !== undefined && isGpuResource(key));
  const untolerated = pool.taints.find((taint) => !asksFor(taint) && !tolerates(tolerations, taint));
  if (!untolerated) return null;
  return {
    reason: 'TaintNotTolerated',
    message: `its taint ${taintText(untolerated)} is not in placement.tolerations`,
  };
}

function ready(pool: Pool): Refusal | null {
  if (hasReadyNode(pool)) return null;
  return { reason: 'PoolNotReady', message: `none of its ${pool.nodes.length} nodes is ready and uncordoned` };
}

function known({ gpu }: Pool): Refusal | null {
  if (!gpu) return null;
  if (gpu.sharing === 'TimeSliced')
    return { reason: 'GpuTimeSliced', message: 'its GPUs are time-sliced: memory and speed are shared with others' };
  if (gpu.facts) return null;
  return { reason: 'GpuUnknown', message: `nothing is known about GPU product "${gpu.product}"` };
}
