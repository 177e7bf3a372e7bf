import type { ModelFacts } from './model-facts.ts';
import type { Pool } from './pool.ts';

/** GPUs that one pod may be given: powers of two, and the whole node. Slices of a GPU do not work together. */
export function gpuCounts(pool: Pool): readonly number[] {
  if (!pool.gpu) return [0];
  if (pool.gpu.sharing !== 'Whole') return [1];
  const counts: number[] = [];
  for (let n = 1; n < pool.gpu.perNode; n *= 2) counts.push(n);
  return [...counts, pool.gpu.perNode];
}

/** Tensor parallelism splits attention heads evenly. */
export function splitsEvenly(model: ModelFacts, gpus: number): boolean {
  return gpus <= 1 || model.heads % gpus === 0;
}

/** The most GPUs out of `gpus` that the model splits over. */
export function largestSplit(model: ModelFacts, gpus: number): number {
  let split = Math.max(1, gpus);
  while (!splitsEvenly(model, split)) split -= 1;
  return split;
}
