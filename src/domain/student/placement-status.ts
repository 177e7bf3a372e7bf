/** A placement as `status.placement` tells it. */
import type { PlacementStatus, ServingOption as PublishedOption } from '../../api/v1alpha1/student-deployment.gen.ts';
import { formatMoney, timesRatio } from '../money.ts';
import { longestRequest, type ServingPlan, type ServingQuestion } from '../planning/serving-plan.ts';
import type { ServingOption } from '../planning/serving-option.ts';
import type { PoolChoice } from '../pool-choice.ts';

export type PlacementReason = 'PoolNamed' | 'PlannedByJob' | 'CheapestFit' | 'FarBetter' | 'Kept';

export interface PlacementFacts {
  readonly choice: PoolChoice;
  readonly reason: PlacementReason;
  /** RFC 3339. */
  readonly decidedTime: string;
  /** Undefined while nobody knows the model's size. */
  readonly question: ServingQuestion | undefined;
  readonly plan: ServingPlan | undefined;
  /** The prediction for the choice; undefined when it does not hold the targets, or nobody can tell. */
  readonly option: ServingOption | undefined;
}

/** The bounds in the CRD. */
const mostFront = 16;
const longestMessage = 1024;

export function placementStatus(facts: PlacementFacts): PlacementStatus {
  const { choice, option, question, plan } = facts;
  const { pool, gpus, pipeline = 1 } = choice;
  const length = option === undefined || question === undefined ? undefined : longestRequest(question.need, option);
  const front = plan?.front ?? [];
  return {
    pool: pool.name,
    gpus,
    ...(pipeline > 1 ? { pipeline } : {}),
    ...(pool.gpu === null ? {} : { gpuProduct: pool.gpu.product }),
    ...(option === undefined || option.quantization === 'None' ? {} : { quantization: option.quantization }),
    ...(length === undefined ? {} : { maxModelLength: length }),
    reason: facts.reason,
    message: messageOf(facts).slice(0, longestMessage),
    decidedTime: facts.decidedTime,
    ...(option === undefined ? {} : { ...prediction(option), replicas: option.replicas }),
    ...(option === undefined ? {} : { throughputTokensPerSecond: option.atBest.outputTokensPerSecond.toFixed(1) }),
    ...(front.length === 0 ? {} : { front: front.slice(0, mostFront).map(publish) }),
  };
}

function publish(option: ServingOption): PublishedOption {
  return { pool: option.pool.name, gpus: option.gpus, ...prediction(option) };
}

function prediction({ atLoad, hourly, replicas }: ServingOption) {
  return {
    timeToFirstTokenMilliseconds: (atLoad.timeToFirstTokenSeconds * 1000).toFixed(1),
    interTokenLatencyMilliseconds: (atLoad.interTokenSeconds * 1000).toFixed(2),
    ...(hourly === null ? {} : { hourlyCost: formatMoney(timesRatio(hourly, 1 / replicas)) }),
  };
}

function messageOf({ choice, option, question, plan }: PlacementFacts): string {
  const { pool, gpus } = choice;
  const where = `${gpus} GPU(s) per replica on pool ${pool.name}${pool.simulated ? ' (simulated)' : ''}`;
  if (question === undefined || plan === undefined) {
    return `${where}; the size of the model is unknown, so nothing is predicted and targets are not checked`;
  }
  if (option === undefined) {
    const why = plan.refusals.find((text) => text.includes(pool.name));
    return `${where}; by the prediction it does not hold the targets of spec.serving${why === undefined ? '' : `: ${why}`}`;
  }
  const short =
    question.replicas < option.replicas
      ? `; the load needs ${option.replicas} replicas, and ${question.replicas} are wanted`
      : '';
  const quantised = option.quantization === 'None' ? '' : ` in ${option.quantization}`;
  return `${where}${quantised}: the best of ${plan.options.length} way(s) that hold the targets${short}`;
}
