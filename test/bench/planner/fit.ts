/**
 * Fits six constants of an engine to measured rows by coordinate descent on their logarithms: each in turn is tried a
 * little larger and a little smaller, and the step is halved when nothing improves. Deterministic, and no more than a
 * page, because six constants with physical meaning need no better.
 */
import type { CsvRow } from '../../../src/cli/csv.ts';
import { type EngineConstants, VLLM_GPU } from '../../../src/domain/planning/constants.ts';
import { absoluteErrors, estimates, mean } from './measured.ts';

const FITTED = [
  'bandwidthEfficiency',
  'decodeMfu',
  'stepSeconds',
  'layerSeconds',
  'sequenceSeconds',
  'allReduceSeconds',
] as const;

/** Overheads and slow arithmetic can pass for each other, so the descent begins once with either. */
const STARTS: readonly EngineConstants[] = [
  { ...VLLM_GPU, layerSeconds: 10e-6 },
  { ...VLLM_GPU, decodeMfu: 0.2, stepSeconds: 0.001, layerSeconds: 30e-6 },
];
const FIRST_STEP = 0.4;
const LAST_STEP = 0.03;

/** Nothing streams faster than the nominal rate, or multiplies faster than the nominal FLOP/s. */
const MOST: Partial<EngineConstants> = { bandwidthEfficiency: 1, decodeMfu: 1 };

export function fitEngine(rows: readonly CsvRow[]): EngineConstants {
  const ends = STARTS.map((start) => descend(start, rows));
  return ends.reduce((best, end) => (errorOf(end, rows) < errorOf(best, rows) ? end : best));
}

function descend(start: EngineConstants, rows: readonly CsvRow[]): EngineConstants {
  let best = start;
  for (let step = FIRST_STEP; step >= LAST_STEP; step /= 2) {
    for (let next = betterNeighbour(best, step, rows); next; next = betterNeighbour(best, step, rows)) best = next;
  }
  return best;
}

function betterNeighbour(engine: EngineConstants, step: number, rows: readonly CsvRow[]): EngineConstants | undefined {
  const error = errorOf(engine, rows);
  return neighbours(engine, step).find((neighbour) => errorOf(neighbour, rows) < error);
}

function neighbours(engine: EngineConstants, step: number): readonly EngineConstants[] {
  return FITTED.flatMap((name) =>
    [Math.exp(step), Math.exp(-step)].map((factor) => ({
      ...engine,
      [name]: Math.min(engine[name] * factor, MOST[name] ?? Infinity),
    })),
  );
}

function errorOf(engine: EngineConstants, rows: readonly CsvRow[]): number {
  return mean(absoluteErrors(estimates(rows, engine)));
}

export interface HeldOut {
  readonly left: string;
  readonly rows: number;
  readonly error: number;
}

/** Each group of rows predicted by constants that were fitted to the other groups only. */
export function crossValidate(rows: readonly CsvRow[], by: (row: CsvRow) => string): readonly HeldOut[] {
  return [...Map.groupBy(rows, by)].map(([left, held]) => {
    const engine = fitEngine(rows.filter((row) => by(row) !== left));
    return { left, rows: held.length, error: errorOf(engine, held) };
  });
}
