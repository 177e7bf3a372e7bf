import { compareText } from '../text.ts';
import type { Pool } from './pool.ts';

/**
 * What is held against measurements. Generation is a teacher's answers, training a student's steps; the other two are those of a
 * server. All are times, so that a factor above 1 means slower than predicted.
 */
export type CalibratedQuantity = 'Generation' | 'Training' | 'TimeToFirstToken' | 'InterTokenLatency';

export function isOfServing(quantity: CalibratedQuantity): boolean {
  return quantity === 'TimeToFirstToken' || quantity === 'InterTokenLatency';
}

/** Runs that are alike: one GPU product, one version of the software, and one method where it is training. */
export interface CalibrationKey {
  readonly quantity: CalibratedQuantity;
  /** GPU product, or CPU. */
  readonly device: string;
  /** Of the engine or the trainer: the image it came in. */
  readonly version: string;
  /** Of training; empty for the rest. */
  readonly method: string;
}

/** One finished run, or one served student, by the estimators without any calibration and by the clock. */
export interface Observation extends CalibrationKey {
  readonly predictedSeconds: number;
  readonly measuredSeconds: number;
  /** On a node that only plays its hardware: says nothing about it. */
  readonly simulated: boolean;
}

export interface CalibrationFactor extends CalibrationKey {
  readonly runs: number;
  /** What a predicted time is multiplied by. */
  readonly factor: number;
}

/** So many runs count half: one run may have been unlucky, twenty were not. */
const HALF_TRUSTED_RUNS = 3;
/** No factor leaves this range, whatever was measured: past it the formula is wrong, and a factor would hide that. */
const LARGEST_FACTOR = 4;

/**
 * One factor for each kind of run: the median of measured / predicted on a logarithmic scale, which a few odd runs do not move,
 * drawn towards 1 by n / (n + 3), and held within [1/4, 4]. Simulated runs and impossible figures do not count. In the order of
 * the keys, whatever the order of the runs.
 */
export function calibrate(observations: readonly Observation[]): readonly CalibrationFactor[] {
  const usable = observations.filter(isUsable);
  const byKey = [...Map.groupBy(usable, keyText)].sort(([a], [b]) => compareText(a, b));
  return byKey.flatMap(([, runs]) => {
    const [first] = runs;
    if (!first) return [];
    const { quantity, device, version, method } = first;
    return [{ quantity, device, version, method, runs: runs.length, factor: factorOf(runs) }];
  });
}

/** As measurements name it: the GPU product, or CPU. */
export function deviceName({ gpu }: Pick<Pool, 'gpu'>, gpus: number): string {
  return gpus > 0 ? (gpu?.product ?? 'GPU') : 'CPU';
}

/** 1 where nothing alike was measured. */
export function factorFor(
  factors: readonly CalibrationFactor[],
  wanted: Pick<CalibrationKey, 'quantity' | 'device' | 'method'>,
): number {
  const factor = factors.find((candidate) => isFor(candidate, wanted))?.factor ?? 1;
  return factor > 0 && factor < Infinity ? factor : 1;
}

export function isFor(
  factor: CalibrationFactor,
  { quantity, device, method }: Pick<CalibrationKey, 'quantity' | 'device' | 'method'>,
): boolean {
  return factor.quantity === quantity && factor.device === device && factor.method === method;
}

function factorOf(runs: readonly Observation[]): number {
  const logs = runs.map(({ measuredSeconds, predictedSeconds }) => Math.log(measuredSeconds / predictedSeconds));
  const drawn = (median(logs) * runs.length) / (runs.length + HALF_TRUSTED_RUNS);
  const most = Math.log(LARGEST_FACTOR);
  // Three digits are more than is known, and keep the ids of plans from changing with every run.
  return Number(Math.exp(Math.min(most, Math.max(-most, drawn))).toPrecision(3));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = Math.floor(sorted.length / 2);
  const lower = sorted.length % 2 === 0 ? upper - 1 : upper;
  return ((sorted[lower] ?? 0) + (sorted[upper] ?? 0)) / 2;
}

function isUsable({ predictedSeconds, measuredSeconds, simulated }: Observation): boolean {
  return !simulated && isDuration(predictedSeconds) && isDuration(measuredSeconds);
}

function isDuration(seconds: number): boolean {
  return Number.isFinite(seconds) && seconds > 0;
}

function keyText({ quantity, device, version, method }: CalibrationKey): string {
  return JSON.stringify([quantity, device, method, version]);
}
