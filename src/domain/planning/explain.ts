import { type CalibrationFactor, deviceName, isFor } from './calibration.ts';
import { SERVING_HORIZON_HOURS } from './constants.ts';
import { candidateMeasures, describeCandidate, placeOf } from './log-beaten.ts';
import type { Scored } from './objectives.ts';
import { pairName } from './pair.ts';
import { downgradeOf } from './pair-loss.ts';
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
  readonly calibration: readonly CalibrationFactor[];
  readonly training: PlanRequest['training'];
}

/** What was chosen, by which rule, and what it gains and gives up against the next in line. */
export function explain(
  ranked: readonly Ranked<Scored>[],
  { objective, feasible, calibration, training }: ChoiceContext,
): string {
  const [best, next] = ranked.map(({ item }) => item);
  if (!best) return '';
  const what = `${recipe(best)}, trained on ${placeOf(best.training)} and served on ${placeOf(best.serving)}`;
  const measured = `${autoNote(best, training)}${calibrationNote(best, calibration)}`;
  if (!next) return `${what}. ${unrivalled(feasible)}${measured}`;
  const rule =
    'policy' in objective ? `${RANKED_BY[objective.policy]} (${objective.policy})` : 'the best by the weights';
  const rank = `Of ${ranked.length} candidates that no other beats, it is ${rule}.`;
  const gains = `${describeCandidate(best, next)} is ${tell(candidateMeasures(best, next))}.`;
  return `${what}. ${rank} Against the next in line: ${gains}${costNote(gains)}${measured}`;
}

function unrivalled(feasible: number): string {
  if (feasible <= 1) return 'No other candidate is within the limits.';
  return `None of the other ${feasible - 1} feasible candidates is better in anything that can be told apart.`;
}

function recipe({ group }: Scored): string {
  const { teacher, student, strategy, method, loss } = pairName(group.pair);
  return `${student} learns from ${teacher} by ${strategy} (${[method, ...(loss === undefined ? [] : [loss])].join(', ')})`;
}

/** Why `Auto` is not what it would be by itself. */
function autoNote({ group: { pair } }: Scored, { loss, fallbackMethod }: PlanRequest['training']): string {
  const downgrade = downgradeOf(pair, loss);
  const text = downgrade === null ? '' : ` It learns from text alone: ${downgrade}.`;
  if (pair.method !== fallbackMethod) return text;
  return `${text} ${pair.method}, because whole weights cannot be trained on what is free within the limits.`;
}

function costNote(text: string): string {
  return /cheaper|dearer/.test(text) ? ` Cost is training and ${SERVING_HORIZON_HOURS} hours of serving.` : '';
}

/** " Its time for training is calibrated by 7 runs on H100-SXM (x1.12)." */
function calibrationNote({ training, serving, group }: Scored, calibration: readonly CalibrationFactor[]): string {
  const [trained, served] = [deviceName(training.pool, training.gpus), deviceName(serving.pool, serving.gpus)];
  const { method } = group.pair;
  const parts = [
    { what: "time for the teacher's answers", by: 'run', quantity: 'Generation', device: trained, method: '' },
    { what: 'time for training', by: 'run', quantity: 'Training', device: trained, method },
    { what: 'time to the first token', by: 'served student', quantity: 'TimeToFirstToken', device: served, method: '' },
    { what: 'time between tokens', by: 'served student', quantity: 'InterTokenLatency', device: served, method: '' },
  ] as const;
  const told = parts.flatMap(({ what, by, ...wanted }) => {
    const factor = calibration.find((candidate) => isFor(candidate, wanted));
    if (!factor) return [];
    const behind = factor.runs === 1 ? `1 ${by}` : `${factor.runs} ${by}s`;
    return [` Its ${what} is calibrated by ${behind} on ${wanted.device} (x${factor.factor}).`];
  });
  return told.join('');
}
