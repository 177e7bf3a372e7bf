import { createHash } from 'node:crypto';
import { formatMoney } from '../money.ts';
import type { Candidate, Prediction } from './candidate.ts';
import type { Scored } from './objectives.ts';
import { pairName } from './pair.ts';

/** A scored combination as the plan publishes it. */
export function toCandidate(scored: Scored): Candidate {
  const { group, training, serving } = scored;
  return {
    name: candidateName(group.pair.student.option.name, scored.name),
    ...pairName(group.pair),
    loss: group.pair.loss,
    trainingPool: training.pool.name,
    trainingGpus: training.gpus,
    trainingNodes: training.nodes,
    servingPool: serving.pool.name,
    servingGpus: serving.gpus,
    servingPipeline: serving.pipeline,
    servingReplicas: serving.replicas,
    quantization: serving.quantization,
    simulated: training.pool.simulated || serving.pool.simulated,
    predicted: predictionOf(scored),
    objectives: { ...scored.exact, cost: Number.isFinite(scored.exact.cost) ? scored.exact.cost : null },
  };
}

function predictionOf({ group, training, serving }: Scored): Prediction {
  const { point, low, high, basis } = group.pair.accuracy;
  const { atLoad, atBest } = serving;
  return {
    accuracy: point,
    accuracyLow: low,
    accuracyHigh: high,
    accuracyBasis: basis,
    trainingSeconds: training.seconds,
    trainingCost: training.cost === null ? null : formatMoney(training.cost),
    timeToFirstTokenMilliseconds: atLoad.timeToFirstTokenSeconds * 1000,
    timeToFirstTokenLowMilliseconds: atLoad.timeToFirstTokenLowSeconds * 1000,
    timeToFirstTokenHighMilliseconds: atLoad.timeToFirstTokenHighSeconds * 1000,
    interTokenLatencyMilliseconds: atLoad.interTokenSeconds * 1000,
    throughputTokensPerSecond: atBest.outputTokensPerSecond,
    hourlyCost: serving.hourly === null ? null : formatMoney(serving.hourly),
    costPerMillionTokens: serving.perMillionTokens === null ? null : formatMoney(serving.perMillionTokens),
  };
}

/** Readable, at most 63 characters, and the same for the same combination in every plan. */
function candidateName(student: string, combination: string): string {
  const hash = createHash('sha256').update(combination).digest('hex').slice(0, 8);
  return `${student.slice(0, 54)}-${hash}`;
}
