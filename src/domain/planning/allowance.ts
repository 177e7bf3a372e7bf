/** What administrators leave of the cluster to a namespace: checked with the plan, so that no plan is made that could never run. */
import { compareMoney, type Money, parseMoney } from '../money.ts';
import { moneyText } from './limits.ts';
import type { Refusal } from './placement.ts';
import type { Pool } from './pool.ts';
import type { Allowance, Placement } from './request.ts';

/** A pool of a product or a capacity type that a quota does not allow. CPUs are not products. */
export function forbidPool({ gpu, capacityType }: Pool, { allowances = [] }: Placement): Refusal | null {
  for (const allowance of allowances) {
    const { source, gpuProducts = [], capacityTypes = [] } = allowance;
    if (gpu !== null && allowance.gpuResource === gpu.resource && allowance.gpus === 0) {
      return forbidden(source, `allows no ${gpu.resource}`);
    }
    if (gpu !== null && gpuProducts.length > 0 && !gpuProducts.includes(gpu.product)) {
      return forbidden(source, `allows ${gpuProducts.join(', ')}, not ${gpu.product}`);
    }
    if (capacityTypes.length > 0 && !capacityTypes.includes(capacityType)) {
      return forbidden(source, `allows ${capacityTypes.join(', ')} capacity, not ${capacityType}`);
    }
  }
  return null;
}

export interface TrainingUse {
  readonly gpus: number;
  /** What the pods ask for; undefined on CPUs. */
  readonly gpuResource: string | undefined;
  readonly seconds: number;
  readonly cost: Money | null;
  readonly currency: string;
}

/** A way to train that takes more than a quota gives to one job. */
export function forbidUse(use: TrainingUse, allowances: readonly Allowance[] = []): Refusal | null {
  for (const allowance of allowances) {
    const refusal = overGpus(use, allowance) ?? overGpuTime(use, allowance) ?? overCost(use, allowance);
    if (refusal !== null) return refusal;
  }
  return null;
}

function overGpus({ gpus, gpuResource }: TrainingUse, allowance: Allowance): Refusal | null {
  const { source, gpus: limit } = allowance;
  if (limit === undefined || gpus <= limit) return null;
  if (allowance.gpuResource !== undefined && allowance.gpuResource !== gpuResource) return null;
  return forbidden(source, `gives one job ${limit} GPU(s) at once; this takes ${gpus}`);
}

function overGpuTime({ gpus, seconds }: TrainingUse, { source, gpuSeconds }: Allowance): Refusal | null {
  if (gpuSeconds === undefined || gpus * seconds <= gpuSeconds) return null;
  const hours = (of: number): string => (of / 3600).toFixed(2);
  return forbidden(source, `gives one job ${hours(gpuSeconds)} GPU-hours; this takes ${hours(gpus * seconds)}`);
}

function overCost({ cost, currency }: TrainingUse, allowance: Allowance): Refusal | null {
  const limit = parseMoney(allowance.cost?.amount ?? '');
  // Another currency, or an unknown price, is for the ledger to refuse: it knows whether that is allowed.
  if (limit === null || cost === null || currency !== allowance.cost?.currency || compareMoney(cost, limit) <= 0)
    return null;
  return forbidden(
    allowance.source,
    `gives one job ${moneyText(limit, currency)}; this costs ${moneyText(cost, currency)}`,
  );
}

function forbidden(source: string, what: string): Refusal {
  return { reason: 'ForbiddenByQuota', message: `${source} ${what}` };
}
