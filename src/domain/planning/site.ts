import type { Money } from '../money.ts';
import { NODE_START_SECONDS } from './constants.ts';
import type { Device } from './device.ts';
import { gpuCounts } from './gpu-counts.ts';
import { priceIn } from './limits.ts';
import { freeSlots, type Pool, slotsAtHand } from './pool.ts';
import { scaleShare, servingDevice } from './serving-option.ts';

/** A place to train: GPUs of one node, or several whole nodes of a pool. What does not depend on the model is worked out once. */
export interface Site {
  readonly pool: Pool;
  /** Per node; 0 on a pool without GPUs. */
  readonly gpus: number;
  readonly nodes: number;
  /** Nodes on which as many GPUs are free now, counted as often as they are. */
  readonly slots: number;
  /** What passes before the nodes are there; 0 when they are. */
  readonly startSeconds: number;
  /** What one node gives. */
  readonly device: Device;
  /** Of all its nodes, in the currency of the limits; null when unknown. */
  readonly hourly: Money | null;
}

/** Part of one node, or several whole ones. */
export function sitesOf(pool: Pool, maxNodes: number, currency: string): readonly Site[] {
  const sites = gpuCounts(pool).map((gpus) => makeSite(pool, { gpus, nodes: 1 }, currency));
  if (!pool.gpu) return sites;
  for (let nodes = 2; nodes <= Math.min(maxNodes, pool.nodes.length); nodes *= 2)
    sites.push(makeSite(pool, { gpus: pool.gpu.perNode, nodes }, currency));
  return sites;
}

function makeSite(pool: Pool, { gpus, nodes }: { gpus: number; nodes: number }, currency: string): Site {
  const perNode = priceIn(pool, currency);
  return {
    pool,
    gpus,
    nodes,
    slots: freeSlots(pool, gpus),
    startSeconds: slotsAtHand(pool, gpus) < nodes ? NODE_START_SECONDS : 0,
    device: servingDevice(pool, gpus),
    hourly: perNode === null ? null : scaleShare(perNode, pool, gpus * nodes, nodes),
  };
}
