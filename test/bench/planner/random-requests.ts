/** Random requests and a random fleet, the same for the same seed. */
import type { Pool } from '../../../src/domain/planning/pool.ts';
import type { Constraints, PlanInputs, ProfiledModel } from '../../../src/domain/planning/request.ts';
import { aProfile, aRequest, discover, facts } from '../../unit/domain/planning/builders.ts';
import { fleet } from './fleet.ts';

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

/** Two of the five regions sell spare capacity, at the share of the full price that the catalogue's own spot rows have. */
const SPOT_REGIONS: ReadonlySet<string> = new Set(['eu-central-1', 'ap-south-1']);
const SPOT_SHARE = 0.4;

/** 3,700 nodes in 40 pools; regions differ in price by up to a third, and every node is busy to its own degree. */
export function scoreFleet(next: Random): readonly Pool[] {
  const factors = new Map<string, number>();
  return discover(fleet(3_700)).pools.map((pool): Pool => {
    const factor = factors.get(pool.region ?? '') ?? 0.85 + next() * 0.4;
    factors.set(pool.region ?? '', factor);
    const isSpot = SPOT_REGIONS.has(pool.region ?? '');
    const { price } = pool;
    return {
      ...pool,
      ...(isSpot ? { capacityType: 'Spot' } : {}),
      price: price.known
        ? { ...price, perNodeHour: (Number(price.perNodeHour) * factor * (isSpot ? SPOT_SHARE : 1)).toFixed(4) }
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
