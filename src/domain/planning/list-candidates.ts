import type { Candidate, Rejection } from './candidate.ts';
import { toCandidate } from './describe.ts';
import { enumerate } from './enumerate.ts';
import { limitsOf } from './limits.ts';
import { gridsOf, scored, servingPart, trainingParts } from './objectives.ts';
import type { PlanResult } from './plan.ts';
import { RejectionLog } from './rejections.ts';
import type { PlanInputs } from './request.ts';

export interface ListedCandidate {
  readonly candidate: Candidate;
  readonly verdict: 'Selected' | 'Front' | 'Dominated';
}

export interface CandidateList {
  /** The selected one, the front, and the rest in the order of their names. */
  readonly candidates: readonly ListedCandidate[];
  /** Everything that never became a candidate. */
  readonly rejected: readonly Rejection[];
}

/** Writes out the whole product of trainings and servings, which the plan itself never does: for people, not for large fleets. */
export function listCandidates(inputs: PlanInputs, plan: PlanResult): CandidateList {
  const log = new RejectionLog(Infinity);
  const { groups } = enumerate(inputs, limitsOf(inputs.request.constraints), log);
  const grids = gridsOf(groups);
  const front = new Set(plan.front.map(({ name }) => name));
  const all = groups.flatMap((group) => {
    const servings = group.serving.map((option) => servingPart(option, grids));
    return trainingParts(group, grids).flatMap((training) =>
      servings.map((serving) => toCandidate(scored(training, serving, () => 0))),
    );
  });
  const beaten = all.filter(({ name }) => !front.has(name));
  return {
    candidates: [
      ...plan.front.map((candidate) => ({ candidate, verdict: verdictOf(candidate, plan) })),
      ...beaten.map((candidate) => ({ candidate, verdict: 'Dominated' as const })),
    ],
    rejected: log.examples(),
  };
}

function verdictOf({ name }: Candidate, { selected }: PlanResult): ListedCandidate['verdict'] {
  return name === selected?.name ? 'Selected' : 'Front';
}
