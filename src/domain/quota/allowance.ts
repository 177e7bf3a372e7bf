/** What a quota leaves to a single job, in the words of the planner: so no plan is made that the quota can never grant. */
import type { DistillationQuota } from '../../api/v1alpha1/distillation-quota.gen.ts';
import { formatMoney, type Money } from '../money.ts';
import type { PodCeiling } from '../pod-ceiling.ts';
import type { Allowance, Placement } from '../planning/request.ts';
import { type Cap, type CapName, largestJobCaps, namespaceCaps } from './caps.ts';

/** What a namespace leaves to its jobs. */
export interface NamespaceRules {
  readonly quotas: readonly DistillationQuota[];
  readonly podCeiling: PodCeiling;
}

/** The placement of a job, narrowed to what the quotas of its namespace allow, ours and Kubernetes' own. */
export function placementUnder<T extends Placement>(
  placement: T,
  { quotas, podCeiling }: NamespaceRules,
): T & Placement {
  const allowances = [...quotas.map(allowanceOf), ...[...podCeiling.gpus].map(gpuAllowance)];
  return allowances.length === 0 ? placement : { ...placement, allowances };
}

function gpuAllowance([gpuResource, { count, source }]: [string, { count: number; source: string }]): Allowance {
  return { source, gpuResource, gpus: count };
}

function allowanceOf({ metadata, spec }: DistillationQuota): Allowance {
  const caps = [...namespaceCaps(spec), ...largestJobCaps(spec)];
  const cost = least(caps, 'cost');
  const gpuSeconds = least(caps, 'gpuHours');
  const gpus = least(caps, 'gpus');
  return {
    source: `DistillationQuota ${metadata.name}`,
    ...(spec.allowedGpuProducts === undefined ? {} : { gpuProducts: spec.allowedGpuProducts }),
    ...(spec.allowedCapacityTypes === undefined ? {} : { capacityTypes: spec.allowedCapacityTypes }),
    ...(cost === undefined ? {} : { cost: { amount: formatMoney(cost as Money), currency: spec.currency } }),
    ...(gpuSeconds === undefined ? {} : { gpuSeconds: Number(gpuSeconds) }),
    ...(gpus === undefined ? {} : { gpus: Number(gpus) }),
  };
}

/** Of a cap on all jobs and one on each, the smaller. */
function least(caps: readonly Cap[], name: CapName): bigint | undefined {
  const limits = caps.filter((cap) => cap.name === name).map(({ limit }) => limit);
  return limits.reduce<bigint | undefined>((min, limit) => (min === undefined || limit < min ? limit : min), undefined);
}
