import { compareMoney, type Money, parseMoney, timesRatio } from '../money.ts';
import { compareText } from '../text.ts';
import { GIB, MIN_CPU_MILLIS } from './constants.ts';
import { refusePool } from './placement.ts';
import { freeSlots, nodeShare, podShape, type Pool, slotsAtHand } from './pool.ts';
import type { Placement } from './request.ts';

export interface StageNeed {
  /** Bytes of weights that have to be in memory at once; 0 when nobody knows. */
  readonly bytes: number;
  /** GPUs of one node; 0 asks for a pool without GPUs. */
  readonly gpus: number;
  readonly placement: Placement;
}

/** Weights, and as much again by half for activations and caches. */
const WORKING_SET = 1.5;

/**
 * The cheapest pool on which a stage fits; one with a free node before one that would have to make a node first, an unknown price
 * after every known one, and ties by name.
 */
export function choosePool(pools: readonly Pool[], need: StageNeed): Pool | null {
  const fitting = pools.filter((pool) => fits(pool, need));
  const waits = (pool: Pool): number => Number(slotsAtHand(pool, need.gpus) < 1);
  const [best] = fitting.sort(
    (a, b) => waits(a) - waits(b) || comparePrices(a, b, need.gpus) || compareText(a.name, b.name),
  );
  return best ?? null;
}

function fits(pool: Pool, { bytes, gpus, placement }: StageNeed): boolean {
  if (gpus > 0 !== (pool.gpu !== null) || refusePool(pool, placement) || freeSlots(pool, gpus) < 1) return false;
  const needed = bytes * WORKING_SET;
  if (gpus > 0) return needed <= gpus * (pool.gpu?.memoryGib ?? 0) * GIB;
  const { cpuMillis, memoryBytes } = podShape(pool, 0);
  return cpuMillis >= MIN_CPU_MILLIS && needed <= memoryBytes;
}

function comparePrices(left: Pool, right: Pool, gpus: number): number {
  const a = podPrice(left, gpus);
  const b = podPrice(right, gpus);
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return compareText(a.currency, b.currency) || compareMoney(a.hourly, b.hourly);
}

function podPrice(pool: Pool, gpus: number): { readonly hourly: Money; readonly currency: string } | null {
  const perNode = pool.price.known ? parseMoney(pool.price.perNodeHour) : null;
  if (!pool.price.known || perNode === null) return null;
  return { hourly: timesRatio(perNode, nodeShare(pool, gpus)), currency: pool.price.currency };
}
