import type { Pool } from './pool.ts';

/** "4 × H100-SXM of h100-pool". */
export function placeText(pool: Pool, gpus: number): string {
  return gpus > 0 ? `${gpus} × ${pool.gpu?.product ?? 'GPU'} of ${pool.name}` : pool.name;
}
