import { CHECKPOINT_SECONDS, SPOT_MEAN_SECONDS, SPOT_RESTART_SECONDS } from './constants.ts';
import type { Pool } from './pool.ts';

/** What taking capacity back costs those who use it. */
export interface Interruptions {
  readonly meanSeconds: number;
  /** To get another node and to restore. */
  readonly restartSeconds: number;
  /** To save a checkpoint. */
  readonly saveSeconds: number;
}

const SPOT: Interruptions = {
  meanSeconds: SPOT_MEAN_SECONDS,
  restartSeconds: SPOT_RESTART_SECONDS,
  saveSeconds: CHECKPOINT_SECONDS,
};

/** Null for capacity that is not taken back. */
export function interruptionsOf({ capacityType }: Pool): Interruptions | null {
  return capacityType === 'Spot' ? SPOT : null;
}

/**
 * By how much interruptions stretch a run that saves every `periodSeconds`: the saving itself, and per interruption half a
 * period of lost work and a restart. Without a period, Young's best one (1974), sqrt(2·save·mean).
 */
export function stretchOf(interruptions: Interruptions | null, periodSeconds?: number): number {
  if (interruptions === null) return 1;
  const { meanSeconds, restartSeconds, saveSeconds } = interruptions;
  const best = Math.sqrt(2 * saveSeconds * meanSeconds);
  const period = periodSeconds !== undefined && periodSeconds > 0 ? periodSeconds : best;
  return (1 + saveSeconds / period) * (1 + (period / 2 + restartSeconds) / meanSeconds);
}

/** The share of time in which a replica is there; the rest has to be made up for by more of them. */
export function availabilityOf(interruptions: Interruptions | null): number {
  return interruptions === null
    ? 1
    : interruptions.meanSeconds / (interruptions.meanSeconds + interruptions.restartSeconds);
}
