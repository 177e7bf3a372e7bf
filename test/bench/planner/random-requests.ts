/** Random requests and a random fleet, the same for the same seed. */
import type { Pool } from '../../../src/domain/planning/pool.ts';
import type { Constraints, PlanInputs, ProfiledModel } from '../../../src/domain/planning/request.ts';
import { aProfile, aRequest, discover, facts } from '../../unit/domain/planning/builders.ts';
import { EVEN_MIX, fleet } from './fleet.ts';

/** A number in [0, 1). */
export type Random = () => number;

/** Mulberry32: 32 bits of state, good enough to draw requests with. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What is assumed of a fleet. Machines and their prices in us-east-1 are those of the catalogue. */
export interface World {
  /** How often each shape of node occurs. */
  readonly mix: readonly number[];
  /** A region's prices are those of the catalogue times one factor between these. */
  readonly regionFactors: readonly [least: number, most: number];
  readonly spotRegions: ReadonlySet<string>;
  /** Of the full price; the catalogue's own spot rows have 0.35 to 0.42. */
  readonly spotShare: number;
}

/** Regions differ by up to a half, and two of the five sell spare capacity alone. */
export const USUAL_WORLD: World = {
  mix: EVEN_MIX,
  regionFactors: [0.85, 1.25],
  spotRegions: new Set(['eu-central-1', 'ap-south-1']),
  spotShare: 0.4,
};

/** 3,700 nodes in 40 pools; every node is busy to its own degree: from none to all of its GPUs are free, all equally likely. */
export function scoreFleet(next: Random, world: World): readonly Pool[] {
  const { mix, regionFactors, spotRegions, spotShare } = world;
  const [least, most] = regionFactors;
  const factors = new Map<string, number>();
  return discover(fleet(3_700, mix)).pools.map((pool): Pool => {
    const factor = factors.get(pool.region ?? '') ?? least + next() * (most - least);
    factors.set(pool.region ?? '', factor);
    const isSpot = spotRegions.has(pool.region ?? '');
    const { price } = pool;
    return {
      ...pool,
      ...(isSpot ? { capacityType: 'Spot' } : {}),
      price: price.known
        ? { ...price, perNodeHour: (Number(price.perNodeHour) * factor * (isSpot ? spotShare : 1)).toFixed(4) }
        : price,
      nodes: pool.nodes.map((node) => ({ ...node, freeGpus: Math.floor(next() * (node.totalGpus + 1)) })),
    };
  });
}

/** Larger models score higher, with luck. */
const TEACHERS = [
  ['Qwen/Qwen2.5-14B-Instruct', 0.78],
  ['Qwen/Qwen2.5-32B-Instruct', 0.84],
  ['Qwen/Qwen3-32B', 0.86],
  ['Qwen/Qwen2.5-72B-Instruct', 0.9],
] as const;
/** Two of three below 8 B parameters, as the models of the platform that the paper is about are said to be. */
const STUDENTS = [
  ['Qwen/Qwen2.5-0.5B-Instruct', 0.2],
  ['Qwen/Qwen2.5-1.5B-Instruct', 0.35],
  ['Qwen/Qwen2.5-3B-Instruct', 0.47],
  ['Qwen/Qwen3-4B', 0.55],
  ['Qwen/Qwen3-8B', 0.64],
  ['Qwen/Qwen2.5-14B-Instruct', 0.72],
] as const;

export function randomInputs(next: Random, pools: readonly Pool[]): PlanInputs {
  const models = [...some(next, TEACHERS, 'Teacher'), ...some(next, STUDENTS, 'Student')];
  return {
    request: aRequest({
      teachers: models.filter(({ role }) => role === 'Teacher').map(({ name }) => ({ name })),
      students: models.filter(({ role }) => role === 'Student').map(({ name }) => ({ name })),
      constraints: randomConstraints(next),
    }),
    profile: aProfile({
      models,
      // From a small task to the half million rows of open reasoning sets.
      trainExamples: Math.round(10_000 * 50 ** next()),
      meanPromptTokens: Math.round(50 * 20 ** next()),
      meanCompletionTokens: Math.round(20 * 20 ** next()),
    }),
    pools,
    today: '2026-01-15',
  };
}

/** At least half of them, and at least one. */
function some(
  next: Random,
  options: readonly (readonly [string, number])[],
  role: ProfiledModel['role'],
): readonly ProfiledModel[] {
  const chosen = options.filter(() => next() < 0.6);
  return (chosen.length > 0 ? chosen : options.slice(0, 1)).map(([id, expected]) => ({
    name: `${role} ${id}`,
    role,
    samples: 200,
    correct: Math.round(200 * Math.min(1, Math.max(0, expected + (next() - 0.5) * 0.2))),
    facts: facts(id),
  }));
}

function randomConstraints(next: Random): Constraints {
  const serving = {
    requestsPerSecond: Math.round(1 * 50 ** next()),
    inputTokens: Math.round(100 * 20 ** next()),
    outputTokens: Math.round(30 * 15 ** next()),
  };
  return {
    serving,
    ...(next() < 0.3 ? { maxTrainingSeconds: Math.round(3_600 * 20 ** next()) } : {}),
    ...(next() < 0.3 ? { budget: { currency: 'USD', amount: String(Math.round(20 * 50 ** next())) } } : {}),
  };
}
