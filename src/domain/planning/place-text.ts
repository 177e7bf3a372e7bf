import type { Pool } from './pool.ts';

/** "4 × H100-SXM of h100-pool". */
export function placeText(pool: Pool, gpus: number): string {
  return gpus > 0 ? `${gpus} × ${pool.gpu?.product ?? 'GPU'} of ${pool.name}` : pool.name;
}

/** The same, with the stages that the layers are spread over where there are several: "4 × L4 of l4-pool in 2 stages of 2". */
export function splitText({ pool, gpus, pipeline }: { pool: Pool; gpus: number; pipeline: number }): string {
  const where = placeText(pool, gpus);
  return pipeline > 1 ? `${where} in ${pipeline} stages of ${gpus / pipeline}` : where;
}
