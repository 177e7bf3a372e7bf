import { SERVING_HORIZON_HOURS } from './constants.ts';
import { candidateMeasures, describeCandidate, placeOf } from './log-beaten.ts';
import type { Scored } from './objectives.ts';
import { pairName } from './pair.ts';
import type { PlanRequest, Policy } from './request.ts';
import type { Ranked } from './select.ts';
import { tell } from './tell.ts';

const RANKED_BY: Readonly<Record<Policy, string>> = {
  Balanced: 'the nearest to being best in accuracy, latency, training time and cost together',
  AccuracyFirst: 'the most accurate',
  LatencyFirst: 'the fastest to answer',
  TimeFirst: 'the quickest to train',
  CostFirst: 'the cheapest',
};

export interface ChoiceContext {
  readonly objective: PlanRequest['objective'];
  readonly feasible: number;
}

/** What was chosen, by which rule, and what it gains and gives up against the next in line. */
export function explain(ranked: readonly Ranked<Scored>[], { objective, feasible }: ChoiceContext): string {
  const [best, next] = ranked.map(({ item }) => item);
  if (!best) return '';
  const what = `${recipe(best)}, trained on ${placeOf(best.training)} and served on ${placeOf(best.serving)}`;
  if (!next) return `${what}. ${unrivalled(feasible)}`;
  const rule =
    'policy' in objective ? `${RANKED_BY[objective.policy]} (${objective.policy})` : 'the best by the weights';
  const rank = `Of ${ranked.length} candidates that no other beats, it is ${rule}.`;
  const gains = `${describeCandidate(best, next)} is ${tell(candidateMeasures(best, next))}.`;
  return `${what}. ${rank} Against the next in line: ${gains}${costNote(gains)}`;
}

function unrivalled(feasible: number): string {
  if (feasible <= 1) return 'No other candidate is within the limits.';
  return `None of the other ${feasible - 1} feasible candidates is better in anything that can be told apart.`;
}

function recipe({ group }: Scored): string {
  const { teacher, student, strategy, method } = pairName(group.pair);
  return `${student} learns from ${teacher} by ${strategy} (${method})`;
}

function costNote(text: string): string {
  return /cheaper|dearer/.test(text) ? ` Cost is training and ${SERVING_HORIZON_HOURS} hours of serving.` : '';
}
