import type { Money } from '../money.ts';
import { type CalibrationFactor, deviceName, factorFor } from './calibration.ts';
import { type EngineName, ENGINES } from './constants.ts';
import { cpuDevice, type Device, poolDevice, type ServingCorrection } from './device.ts';
import { gpuCounts, splitsEvenly } from './gpu-counts.ts';
import { priceIn } from './limits.ts';
import type { ModelFacts } from './model-facts.ts';
import { freeSlots, podShape, type Pool } from './pool.ts';

/**
 * Where one replica could run, and how a model is split over its GPUs: every layer over `gpus / pipeline` of them (tensor
 * parallelism), and the layers in `pipeline` stages. What does not depend on the model is worked out once.
 */
export interface ServingSite {
  readonly pool: Pool;
  /** Per replica; 0 on a pool without GPUs. */
  readonly gpus: number;
  readonly pipeline: number;
  /** Replicas that fit now. */
  readonly slots: number;
  /** In the currency of the limits; null when unknown. */
  readonly perNode: Money | null;
  readonly device: Device;
  /** Equal for sites on which a model runs equally fast. */
  readonly likeness: string;
}

/** Bytes a second from which on a link carries an all-reduce of every layer as fast as the layers follow: NVLink does, PCIe does not. */
const FAST_LINK = 100e9;

export interface ServingTerms {
  /** Of prices. */
  readonly currency: string;
  readonly engine?: EngineName | undefined;
  /** Of the server's image. */
  readonly calibration?: readonly CalibrationFactor[] | undefined;
}

/**
 * Every split of every number of GPUs. Over a fast link stages only help where a model does not split evenly: they make no
 * token faster. Over PCIe they save the all-reduces, which are what is slow there.
 */
export function servingSites(pool: Pool, { currency, engine, calibration }: ServingTerms): readonly ServingSite[] {
  const perNode = priceIn(pool, currency);
  return gpuCounts(pool).flatMap((gpus) => {
    const slots = freeSlots(pool, gpus);
    return divisorsOf(gpus).map((pipeline): ServingSite => {
      const correction = correctionOf(calibration, deviceName(pool, gpus));
      const device = { ...servingDevice(pool, gpus, engine), stages: pipeline, ...correction };
      const { product, sharing } = pool.gpu ?? {};
      const likeness = JSON.stringify([device, product, sharing]);
      return { pool, gpus, pipeline, slots, perNode, device, likeness };
    });
  });
}

/** Whether this split is worth a look for the model: heads and layers divide, and no better one of the same GPUs is known to. */
export function suits(model: ModelFacts, { gpus, pipeline, device }: ServingSite): boolean {
  if (gpus <= 1) return true;
  if (pipeline > model.layers || !splitsEvenly(model, gpus / pipeline)) return false;
  return device.link < FAST_LINK || pipeline === fewestStages(model, gpus);
}

function correctionOf(
  calibration: readonly CalibrationFactor[] | undefined,
  device: string,
): { readonly correction?: ServingCorrection } {
  if (calibration === undefined || calibration.length === 0) return {};
  const factor = (quantity: 'TimeToFirstToken' | 'InterTokenLatency'): number =>
    factorFor(calibration, { quantity, device, method: '' });
  return { correction: { firstToken: factor('TimeToFirstToken'), interToken: factor('InterTokenLatency') } };
}

function fewestStages(model: ModelFacts, gpus: number): number {
  return divisorsOf(gpus).find((pipeline) => splitsEvenly(model, gpus / pipeline)) ?? gpus;
}

/** From 1 up. */
function divisorsOf(gpus: number): readonly number[] {
  return Array.from({ length: Math.max(1, gpus) }, (_, i) => i + 1).filter((stages) => gpus % stages === 0);
}

export function servingDevice(pool: Pool, gpus: number, engine: EngineName = 'default'): Device {
  if (pool.gpu?.facts && gpus > 0) return { ...poolDevice(pool.gpu, pool.gpu.facts, gpus), engine: ENGINES[engine] };
  const { cpuMillis, memoryBytes } = podShape(pool, 0);
  return cpuDevice(cpuMillis, memoryBytes);
}
