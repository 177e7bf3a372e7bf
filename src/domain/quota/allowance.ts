/** What a quota leaves to a single job, in the words of the planner: so no plan is made that the quota can never grant. */
import type { DistillationQuota } from '../../api/v1alpha1/distillation-quota.gen.ts';
import { formatMoney, type Money } from '../money.ts';
import type { Allowance, Placement } from '../planning/request.ts';
import { type Cap, type CapName, largestJobCaps, namespaceCaps } from './caps.ts';

/** The placement of a job, narrowed to what its namespace's quotas allow. */
export function placementUnder<T extends Placement>(placement: T, quotas: readonly DistillationQuota[]): T & Placement {
  return quotas.length === 0 ? placement : { ...placement, allowances: quotas.map(allowanceOf) };
}

function allowanceOf({ metadata, spec }: DistillationQuota): Allowance {
  const caps = [...namespaceCaps(spec), ...largestJobCaps(spec)];
  const cost = least(caps, 'cost');
  const gpuSeconds = least(caps, 'gpuHours');
  const gpus = least(caps, 'gpus');
  return {
    quota: metadata.name,
    currency: spec.currency,
    ...(spec.allowedGpuProducts === undefined ? {} : { gpuProducts: spec.allowedGpuProducts }),
    ...(spec.allowedCapacityTypes === undefined ? {} : { capacityTypes: spec.allowedCapacityTypes }),
    ...(cost === undefined ? {} : { cost: formatMoney(cost as Money) }),
    ...(gpuSeconds === undefined ? {} : { gpuSeconds: Number(gpuSeconds) }),
    ...(gpus === undefined ? {} : { gpus: Number(gpus) }),
  };
}

/** Of a cap on all jobs and one on each, the smaller. */
function least(caps: readonly Cap[], name: CapName): bigint | undefined {
  const limits = caps.filter((cap) => cap.name === name).map(({ limit }) => limit);
  return limits.reduce<bigint | undefined>((min, limit) => (min === undefined || limit < min ? limit : min), undefined);
}
