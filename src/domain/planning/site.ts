import { compareMoney, type Money } from '../money.ts';
import { compareText } from '../text.ts';
import { NODE_START_SECONDS } from './constants.ts';
import type { Device } from './device.ts';
import { gpuCounts } from './gpu-counts.ts';
import { interruptionsOf } from './interruption.ts';
import { priceIn } from './limits.ts';
import { freeSlots, type Pool, slotsAtHand } from './pool.ts';
import { scaleShare } from './serving-option.ts';
import { servingDevice } from './serving-site.ts';

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

/**
 * Sites of equal hardware and risk, the cheapest first. Whatever is predicted of one holds for all of them, so that they differ
 * in price alone, and the first is beaten by none of the others, whatever is trained.
 */
export type LikeSites = readonly [Site, ...Site[]];

/** Part of one node, or several whole ones. */
export function sitesOf(pool: Pool, maxNodes: number, currency: string): readonly Site[] {
  const sites = gpuCounts(pool).map((gpus) => makeSite(pool, { gpus, nodes: 1 }, currency));
  if (!pool.gpu) return sites;
  for (let nodes = 2; nodes <= Math.min(maxNodes, pool.nodes.length); nodes *= 2)
    sites.push(makeSite(pool, { gpus: pool.gpu.perNode, nodes }, currency));
  return sites;
}

/** In the order in which the first of each kind is met. */
export function groupAlike(sites: readonly Site[]): readonly LikeSites[] {
  return [...Map.groupBy(sites, likeness).values()].flatMap((alike) => {
    const [first, ...rest] = alike.toSorted(byPriceThenName);
    return first ? [[first, ...rest] as const] : [];
  });
}

/** A site without a price breaks no limit in money, so it is not like those that have one. */
function likeness({ pool, gpus, nodes, device, hourly, startSeconds }: Site): string {
  const { gpu, simulated } = pool;
  const priced = hourly !== null;
  return JSON.stringify([
    gpus,
    nodes,
    device,
    gpu?.product,
    gpu?.resource,
    gpu?.sharing,
    simulated,
    interruptionsOf(pool),
    priced,
    startSeconds,
  ]);
}

function byPriceThenName(a: Site, b: Site): number {
  if (a.hourly === null || b.hourly === null)
    return Number(a.hourly === null) - Number(b.hourly === null) || compareText(a.pool.name, b.pool.name);
  return compareMoney(a.hourly, b.hourly) || compareText(a.pool.name, b.pool.name);
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
