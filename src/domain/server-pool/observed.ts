import type { ServerPool } from '../../api/v1alpha1/server-pool.gen.ts';
import type { Discovery, Pool, PoolFinding } from '../planning/pool.ts';

/** What a decision about a ServerPool may see of the cluster. */
export interface Observed {
  readonly serverPool: ServerPool;
  /** The pools that its nodes are planned as, the one with the most nodes first. */
  readonly pools: readonly Pool[];
  /** What discovery has to say of these pools, or of the ServerPool itself. */
  readonly findings: readonly PoolFinding[];
}

export function observe(serverPool: ServerPool, { pools, findings }: Discovery): Observed {
  const { name } = serverPool.metadata;
  const own = pools.filter((pool) => pool.serverPool === name).sort((a, b) => b.nodes.length - a.nodes.length);
  const names = new Set([name, ...own.map((pool) => pool.name)]);
  return { serverPool, pools: own, findings: findings.filter(({ pool }) => names.has(pool)) };
}
