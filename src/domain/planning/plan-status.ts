import type {
  Candidate as PublishedCandidate,
  Plan,
  Rejection as PublishedRejection,
} from '../../api/v1alpha1/distillation-job.gen.ts';
import type { Candidate, Rejection } from './candidate.ts';
import type { PlanResult } from './plan.ts';

/** The bounds of `status.plan` in the CRD. */
const MAX_FRONT = 16;
const MAX_REJECTED = 32;
const MAX_MESSAGE = 1024;
const MAX_SUMMARY = 512;
const MAX_TOTAL = 2 ** 31 - 1;

/** The plan as `status.plan`: decimals as strings, lists cut to their bounds with the totals kept. */
export function planStatus(result: PlanResult): Plan {
  const [price] = result.prices;
  return {
    id: result.id,
    ...(result.selected ? { selected: publishCandidate(result.selected) } : {}),
    front: result.front.slice(0, MAX_FRONT).map(publishCandidate),
    rejected: pick(result.rejected, MAX_REJECTED).map(publishRejection),
    rejectedTotal: Math.min(MAX_TOTAL, result.rejectedTotal),
    candidatesTotal: Math.min(MAX_TOTAL, result.considered),
    strategyReason: clip(strategyReason(result), MAX_MESSAGE),
    ...(price
      ? { prices: { source: clip(price.source, 253), ...(price.date === null ? {} : { date: price.date }) } }
      : {}),
  };
}

/** Why the selected candidate's strategy; with nothing selected, why each teacher's. */
function strategyReason({ strategies, selected }: PlanResult): string {
  const told = selected ? strategies.filter(({ teacher }) => teacher === selected.teacher) : strategies;
  return told.map(({ message }) => message).join('; ');
}

function publishCandidate(candidate: Candidate): PublishedCandidate {
  const { name, teacher, student, strategy, method, trainingPool, trainingGpus, servingPool, servingGpus } = candidate;
  return {
    name,
    teacher,
    student,
    strategy,
    method,
    trainingPool,
    trainingGpus,
    servingPool,
    servingGpus,
    predicted: publishPrediction(candidate),
  };
}

function publishPrediction({ predicted }: Candidate): NonNullable<PublishedCandidate['predicted']> {
  const { trainingCost, hourlyCost, costPerMillionTokens } = predicted;
  return {
    accuracy: predicted.accuracy.toFixed(3),
    accuracyLow: predicted.accuracyLow.toFixed(3),
    accuracyHigh: predicted.accuracyHigh.toFixed(3),
    trainingSeconds: Math.ceil(predicted.trainingSeconds),
    timeToFirstTokenMilliseconds: predicted.timeToFirstTokenMilliseconds.toFixed(1),
    interTokenLatencyMilliseconds: predicted.interTokenLatencyMilliseconds.toFixed(2),
    throughputTokensPerSecond: predicted.throughputTokensPerSecond.toFixed(1),
    ...(trainingCost === null ? {} : { trainingCost }),
    ...(hourlyCost === null ? {} : { hourlyCost }),
    ...(costPerMillionTokens === null ? {} : { costPerMillionTokens }),
  };
}

function publishRejection(rejection: Rejection): PublishedRejection {
  return {
    candidate: clip(summary(rejection), MAX_SUMMARY),
    reason: rejection.reason,
    message: clip(rejection.message, MAX_MESSAGE),
  };
}

/** What was ruled out, in the words of the level where it was. */
function summary(rejection: Rejection): string {
  const { stage, teacher, student, strategy, method, trainingPool, trainingGpus, servingPool, servingGpus } = rejection;
  const pool = (name: string | undefined, gpus: number | undefined): string =>
    gpus ? `${name} x${gpus}` : (name ?? '');
  const pair = [teacher, student, strategy, method].filter((part) => part !== undefined).join('/');
  switch (stage) {
    case 'Pool':
      return `pool ${trainingPool ?? servingPool}`;
    case 'Pair':
      return pair;
    case 'Training':
      return `${pair} trained on ${pool(trainingPool, trainingGpus)}`;
    case 'Serving':
      return `${student} served on ${pool(servingPool, servingGpus)}`;
    case 'Candidate':
      return `${pair} trained on ${pool(trainingPool, trainingGpus)}, served on ${pool(servingPool, servingGpus)}`;
  }
}

/** One of each reason in turn, so that a frequent reason doesn't hide a rare one; then back in order. */
function pick(rejected: readonly Rejection[], most: number): readonly Rejection[] {
  const byReason = Map.groupBy(rejected, ({ reason }) => reason);
  const kept = new Set<Rejection>();
  for (let round = 0; kept.size < Math.min(most, rejected.length); round += 1) {
    for (const group of byReason.values()) {
      const next = group[round];
      if (next && kept.size < most) kept.add(next);
    }
  }
  return rejected.filter((rejection) => kept.has(rejection));
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
