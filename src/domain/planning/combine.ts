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
 * The exact front of all groups. Objectives of a candidate grow with those of its parts, so a way to train a student that is
 * beaten by another way to train the same one is beaten in every combination, and may go before the product is taken. The
 * same holds for ways to serve it.
 */
export function combineGroups(groups: readonly Group[], log: RejectionLog): readonly Scored[] {
  const byStudent = Map.groupBy(groups, ({ pair }) => pair.student);
  const points = [...byStudent.values()].flatMap((sameStudent) => {
    const servings = servingFront(sameStudent[0], log);
    return trainingFront(sameStudent, log).flatMap((training) => servings.map((serving) => score(training, serving)));
  });
  const front = paretoFront(points);
  logDominated(points, front, log);
  return front;
}

interface ServingPoint extends Point {
  readonly option: ServingOption;
}

interface TrainingPoint extends Point {
  readonly option: TrainingOption;
  readonly group: Group;
}

function trainingFront(groups: readonly Group[], log: RejectionLog): readonly TrainingPoint[] {
  const points = groups.flatMap((group) => group.training.map((option) => trainingPoint(group, option)));
  const front = paretoFront(points);
  for (const point of beaten(points, front)) {
    const { option, group } = point;
    log.add('Dominated', () => ({
      stage: 'Training',
      ...pairName(group.pair),
      trainingPool: option.pool.name,
      trainingGpus: option.gpus,
      message: `training ${group.pair.student.option.name} on ${place(option.pool, option.gpus)} is no more accurate, faster or cheaper than ${winner(front, point)}`,
    }));
  }
  return front;
}

function trainingPoint(group: Group, option: TrainingOption): TrainingPoint {
  return {
    group,
    option,
    values: [
      1 - group.pair.accuracy.point,
      option.seconds,
      option.cost === null ? Infinity : moneyToNumber(option.cost),
    ],
    // Read only of the few that tie or are shown, out of tens of thousands.
    get name() {
      const { teacher, student, strategy, method } = pairName(group.pair);
      return [teacher, student, strategy, method, siteName(option.pool.name, option.gpus * option.nodes)].join('/');
    },
  };
}

function servingFront(group: Group | undefined, log: RejectionLog): readonly ServingPoint[] {
  if (!group) return [];
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

function score(training: TrainingPoint, serving: ServingPoint): Scored {
  const [shortfall = 0, seconds = 0, trainingCost = 0] = training.values;
  const [latency = 0, hourly = 0] = serving.values;
  return {
    group: training.group,
    training: training.option,
    serving: serving.option,
    values: [shortfall, latency, seconds, trainingCost + hourly * SERVING_HORIZON_HOURS],
    get name() {
      return `${training.name}/${serving.name}`;
    },
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
