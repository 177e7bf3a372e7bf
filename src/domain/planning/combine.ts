import { moneyToNumber } from '../money.ts';
import { SERVING_HORIZON_HOURS } from './constants.ts';
import { type Group, place } from './enumerate.ts';
import { pairName } from './pair.ts';
import { dominates, paretoFront, type Point } from './pareto.ts';
import type { RejectionLog } from './rejections.ts';
import type { ServingOption } from './serving-option.ts';
import type { TrainingOption } from './training-option.ts';

/** A candidate with its objectives: shortfall of accuracy, seconds per request, seconds to train, money. */
export interface Scored extends Point {
  readonly group: Group;
  readonly training: TrainingOption;
  readonly serving: ServingOption;
}

/**
 * The exact front of all groups. Objectives of a candidate grow with those of its parts, so a way to train (or to serve)
 * that is beaten within its pair is beaten in every combination, and may go before the product is taken.
 */
export function combineGroups(groups: readonly Group[], log: RejectionLog): readonly Scored[] {
  const servingFronts = new Map<readonly ServingOption[], readonly Named<ServingOption>[]>();
  const points = groups.flatMap((group) => {
    const trainings = trainingFront(group, log);
    const servings = servingFronts.get(group.serving) ?? servingFront(group, log);
    servingFronts.set(group.serving, servings);
    return trainings.flatMap((training) => servings.map((serving) => score(group, training, serving)));
  });
  const front = paretoFront(points);
  logDominated(points, front, log);
  return front;
}

interface Named<T> extends Point {
  readonly option: T;
}

function trainingFront(group: Group, log: RejectionLog): readonly Named<TrainingOption>[] {
  const points = group.training.map((option) => ({
    option,
    name: siteName(option.pool.name, option.gpus * option.nodes),
    values: [option.seconds, option.cost === null ? Infinity : moneyToNumber(option.cost)],
  }));
  const front = paretoFront(points);
  for (const point of beaten(points, front)) {
    const { pool, gpus } = point.option;
    log.add('Dominated', () => ({
      stage: 'Training',
      ...pairName(group.pair),
      trainingPool: pool.name,
      trainingGpus: gpus,
      message: `training ${group.pair.student.option.name} on ${place(pool, gpus)} is no faster and no cheaper than on ${winner(front, point)}`,
    }));
  }
  return front;
}

function servingFront(group: Group, log: RejectionLog): readonly Named<ServingOption>[] {
  const student = group.pair.student.option.name;
  const points = group.serving.map((option) => ({
    option,
    name: siteName(option.pool.name, option.gpus),
    values: [option.atLoad.requestSeconds, option.hourly === null ? Infinity : moneyToNumber(option.hourly)],
  }));
  const front = paretoFront(points);
  for (const point of beaten(points, front)) {
    const { pool, gpus } = point.option;
    log.add('Dominated', () => ({
      stage: 'Serving',
      student,
      servingPool: pool.name,
      servingGpus: gpus,
      message: `serving ${student} on ${place(pool, gpus)} is no faster and no cheaper than on ${winner(front, point)}`,
    }));
  }
  return front;
}

function score(group: Group, training: Named<TrainingOption>, serving: Named<ServingOption>): Scored {
  const { pair } = group;
  const [seconds = 0, trainingCost = 0] = training.values;
  const [latency = 0, hourly = 0] = serving.values;
  const { teacher, student, strategy, method } = pairName(pair);
  return {
    group,
    training: training.option,
    serving: serving.option,
    name: [teacher, student, strategy, method, training.name, serving.name].join('/'),
    values: [1 - pair.accuracy.point, latency, seconds, trainingCost + hourly * SERVING_HORIZON_HOURS],
  };
}

function logDominated(points: readonly Scored[], front: readonly Scored[], log: RejectionLog): void {
  for (const point of beaten(points, front)) {
    const { training, serving, group } = point;
    log.add('Dominated', () => ({
      stage: 'Candidate',
      ...pairName(group.pair),
      trainingPool: training.pool.name,
      trainingGpus: training.gpus,
      servingPool: serving.pool.name,
      servingGpus: serving.gpus,
      message: `${winner(front, point)} is at least as good in every objective and better in one`,
    }));
  }
}

function beaten<T extends Point>(points: readonly T[], front: readonly T[]): readonly T[] {
  const kept = new Set(front);
  return points.filter((point) => !kept.has(point));
}

function winner(front: readonly Point[], point: Point): string {
  return front.find(({ values }) => dominates(values, point.values))?.name ?? 'another';
}

function siteName(pool: string, gpus: number): string {
  return gpus > 0 ? `${pool} x${gpus}` : pool;
}
