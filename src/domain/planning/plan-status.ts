import type {
  Candidate as PublishedCandidate,
  Plan,
  Rejection as PublishedRejection,
} from '../../api/v1alpha1/distillation-job.gen.ts';
import { compareText } from '../text.ts';
import type { Candidate } from './candidate.ts';
import type { PlanResult } from './plan.ts';
import type { RejectionGroup } from './rejections.ts';

/** The bounds of `status.plan` in the CRD. */
const MAX_FRONT = 16;
const MAX_REJECTED = 32;
const MAX_AT_ZERO = 32;
const MAX_MESSAGE = 1024;
const MAX_SUMMARY = 512;
const MAX_TOTAL = 2 ** 31 - 1;

/** The plan as `status.plan`: decimals as strings, lists cut to their bounds with the totals kept. */
export function planStatus(result: PlanResult): Plan {
  return {
    id: result.id,
    ...(result.selected ? { selected: publishCandidate(result.selected) } : {}),
    front: result.front.slice(0, MAX_FRONT).map(publishCandidate),
    rejected: pick(result.rejectionGroups, MAX_REJECTED).map(publishGroup),
    rejectedTotal: Math.min(MAX_TOTAL, result.rejectedTotal),
    candidatesTotal: Math.min(MAX_TOTAL, result.considered),
    strategyReason: clip(strategyReason(result), MAX_MESSAGE),
    ...(result.prices.length > 0 ? { prices: publishPrices(result.prices) } : {}),
    ...(result.atZero.length > 0 ? { poolsAtZero: result.atZero.slice(0, MAX_AT_ZERO) } : {}),
  };
}

/** All sources, and the oldest date: a plan is no fresher than that. */
function publishPrices(prices: PlanResult['prices']): NonNullable<Plan['prices']> {
  const sources = [...new Set(prices.map(({ source }) => source))].join('; ');
  const [oldest] = prices.flatMap(({ date }) => date ?? []).sort(compareText);
  return { source: clip(sources, 253), ...(oldest === undefined ? {} : { date: oldest }) };
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
    ...(candidate.loss === 'SequenceLevel' ? {} : { loss: candidate.loss }),
    trainingPool,
    trainingGpus,
    servingPool,
    servingGpus,
    servingReplicas: candidate.servingReplicas,
    ...(candidate.servingPipeline === 1 ? {} : { servingPipeline: candidate.servingPipeline }),
    ...(candidate.quantization === 'None' ? {} : { quantization: candidate.quantization }),
    predicted: publishPrediction(candidate),
  };
}

function publishPrediction({ predicted }: Candidate): NonNullable<PublishedCandidate['predicted']> {
  const { trainingCost, hourlyCost, costPerMillionTokens } = predicted;
  return {
    accuracy: predicted.accuracy.toFixed(3),
    accuracyLow: predicted.accuracyLow.toFixed(3),
    accuracyHigh: predicted.accuracyHigh.toFixed(3),
    accuracyBasis: predicted.accuracyBasis,
    trainingSeconds: Math.ceil(predicted.trainingSeconds),
    timeToFirstTokenMilliseconds: predicted.timeToFirstTokenMilliseconds.toFixed(1),
    interTokenLatencyMilliseconds: predicted.interTokenLatencyMilliseconds.toFixed(2),
    throughputTokensPerSecond: predicted.throughputTokensPerSecond.toFixed(1),
    ...(trainingCost === null ? {} : { trainingCost }),
    ...(hourlyCost === null ? {} : { hourlyCost }),
    ...(costPerMillionTokens === null ? {} : { costPerMillionTokens }),
  };
}

/** One line for all that one reason ruled out at one place. */
function publishGroup({ stage, place, reason, count, example }: RejectionGroup): PublishedRejection {
  const message = count === 1 ? example.message : `${count} ways, such as: ${example.message}`;
  return { candidate: clip(WHAT[stage](place), MAX_SUMMARY), reason, message: clip(message, MAX_MESSAGE) };
}

const WHAT: Readonly<Record<RejectionGroup['stage'], (place: string) => string>> = {
  Pool: (pool) => `pool ${pool}`,
  Pair: (student) => `student ${student}`,
  Training: (pool) => `training on ${pool}`,
  Serving: (pool) => `serving on ${pool}`,
  Candidate: (pool) => `candidates that train on ${pool}`,
};

/** One of each reason in turn, so that a frequent reason doesn't hide a rare one; then back in order. */
function pick(groups: readonly RejectionGroup[], most: number): readonly RejectionGroup[] {
  const byReason = Map.groupBy(groups, ({ reason }) => reason);
  const kept = new Set<RejectionGroup>();
  for (let round = 0; kept.size < Math.min(most, groups.length); round += 1) {
    for (const group of byReason.values()) {
      const next = group[round];
      if (next && kept.size < most) kept.add(next);
    }
  }
  return groups.filter((group) => kept.has(group));
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
