/** Whether what has changed since a plan was made is reason enough to make it anew: a plan must be true, and must not flicker. */
import type { Candidate } from './candidate.ts';
import { toCandidate } from './describe.ts';
import { enumerate, type Group } from './enumerate.ts';
import { limitsOf } from './limits.ts';
import { gridsOf, scored, servingPart, trainingParts } from './objectives.ts';
import type { PlanResult } from './plan.ts';
import { basisId } from './plan-id.ts';
import { RejectionLog } from './rejections.ts';
import type { PlanInputs } from './request.ts';
import { RESOLUTION } from './resolution.ts';

/** What is kept of a plan: its choice, as it was predicted. Decimals as strings, absent where a price was unknown. */
export interface KeptPlan {
  /** `basisId` of what it was made from. */
  readonly basis: string;
  readonly name: string;
  readonly trainingPool: string;
  readonly servingPool: string;
  readonly trainingSeconds: number;
  readonly trainingCost?: string | undefined;
  readonly hourlyCost?: string | undefined;
}

/**
 * Why the plan no longer holds, or null. Material is: its choice is not feasible any more; its own price or time has risen by
 * more than can be told apart (`resolution.ts`); the spec, the profile or trial runs now lead to another choice; or another
 * candidate is as good in everything and better in something by more than can be told apart. Not material is what happens
 * on other pools without any of this, though it may change the score by which candidates are ranked.
 */
export function materialChange(kept: KeptPlan, inputs: PlanInputs, result: PlanResult): string | null {
  const current = result.front.find(({ name }) => name === kept.name) ?? findCandidate(kept, inputs);
  if (current === null) return infeasible(kept, inputs, result);
  const risen = whatHasRisen(kept, current);
  if (risen !== null) return risen;
  const better = result.selected;
  if (better === null || better.name === kept.name) return null;
  if (kept.basis !== basisId(inputs))
    return `what was asked for or measured has changed, and ${better.name} is now the choice`;
  return dominates(better, current)
    ? `${better.name} is now better than ${kept.name} in everything that can be told apart`
    : null;
}

function infeasible({ name, trainingPool, servingPool }: KeptPlan, { pools }: PlanInputs, result: PlanResult): string {
  const gone = [trainingPool, servingPool].find((pool) => pools.every((other) => other.name !== pool));
  if (gone !== undefined) return `pool ${gone} of ${name} is gone`;
  const lost = result.rejected.find(
    ({ reason, ...lost }) =>
      reason !== 'Dominated' && (lost.trainingPool === trainingPool || lost.servingPool === servingPool),
  );
  return `${name} is no longer feasible${lost === undefined ? '' : `: ${lost.message}`}`;
}

function whatHasRisen(kept: KeptPlan, { name, predicted }: Candidate): string | null {
  const measures = [
    ['the cost of training', kept.trainingCost, predicted.trainingCost, RESOLUTION.cost],
    ['the cost of an hour of serving', kept.hourlyCost, predicted.hourlyCost, RESOLUTION.cost],
    ['the time of training', String(kept.trainingSeconds), String(predicted.trainingSeconds), RESOLUTION.trainingTime],
  ] as const;
  for (const [what, before, now, resolution] of measures) {
    if (before === undefined) continue;
    if (now === null) return `${what} of ${name} is not known any more`;
    if (Number(now) > Number(before) * (1 + resolution))
      return `${what} of ${name} has risen from ${rounded(before)} to ${rounded(now)}`;
  }
  return null;
}

function rounded(amount: string): string {
  return String(Number(Number(amount).toPrecision(4)));
}

/** The candidate as it would be now, on the front or not; null when it breaks a limit. */
function findCandidate(kept: KeptPlan, inputs: PlanInputs): Candidate | null {
  // On its own pools alone, and with a log that keeps all: else of sites alike only the cheapest would be looked at.
  const pools = inputs.pools.filter(({ name }) => name === kept.trainingPool || name === kept.servingPool);
  const log = new RejectionLog(Infinity);
  const { groups } = enumerate({ ...inputs, pools }, limitsOf(inputs.request.constraints), log);
  const grids = gridsOf(groups);
  const alike = groups.flatMap((group) => {
    const servings = group.serving.filter(({ pool }) => pool.name === kept.servingPool);
    return trainingParts(onPool(group, kept), grids).flatMap((training) =>
      servings.map((option) => toCandidate(scored(training, servingPart(option, grids), () => 0))),
    );
  });
  return alike.find(({ name }) => name === kept.name) ?? null;
}

function onPool(group: Group, { trainingPool }: KeptPlan): Group {
  return { ...group, training: group.training.filter(({ pool }) => pool.name === trainingPool) };
}

type Measure = (candidate: Candidate) => number;

/** Less is better, by how much it takes to tell two apart. */
const MEASURES: readonly { readonly of: Measure; readonly better: (a: number, b: number) => boolean }[] = [
  { of: ({ objectives }) => objectives.shortfall, better: (a, b) => a < b - RESOLUTION.accuracy },
  { of: ({ objectives }) => objectives.requestSeconds, better: (a, b) => a * (1 + RESOLUTION.latency) < b },
  { of: ({ objectives }) => objectives.trainingSeconds, better: (a, b) => a * (1 + RESOLUTION.trainingTime) < b },
  { of: ({ objectives }) => objectives.cost ?? Infinity, better: (a, b) => a * (1 + RESOLUTION.cost) < b },
];

function dominates(left: Candidate, right: Candidate): boolean {
  const wins = MEASURES.some(({ of, better }) => better(of(left), of(right)));
  const losses = MEASURES.some(({ of, better }) => better(of(right), of(left)));
  return wins && !losses;
}
