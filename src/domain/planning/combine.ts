import type { Group } from './enumerate.ts';
import { logBeatenCandidates, logBeatenServings, logBeatenTrainings } from './log-beaten.ts';
import {
  gridsOf,
  type Grids,
  scored,
  type Scored,
  servingPart,
  type ServingPart,
  type TrainingPart,
  trainingParts,
} from './objectives.ts';
import type { RejectionLog } from './rejections.ts';
import { ratioGrid, RESOLUTION } from './resolution.ts';
import { settle } from './tie.ts';

/**
 * The exact front of all groups, at the estimators' resolution. Objectives of a candidate grow with those of its parts, so a
 * way to train a student that is beaten by another way to train the same one is beaten in every combination, and may go
 * before the product is taken. The same holds for ways to serve it. Parts are compared by their exact cost, because costs
 * are added before they are rounded.
 */
export function combineGroups(groups: readonly Group[], log: RejectionLog): readonly Scored[] {
  const grids = gridsOf(groups);
  const byStudent = [...Map.groupBy(groups, ({ pair }) => pair.student).values()];
  const products = byStudent.map((sameStudent) => ({
    trainings: trainingFront(sameStudent, grids, log),
    servings: servingFront(sameStudent[0], grids, log),
  }));
  const cost = ratioGrid(leastCost(products), RESOLUTION.cost);
  const points = products.flatMap(({ trainings, servings }) =>
    trainings.flatMap((training) => servings.map((serving) => scored(training, serving, cost))),
  );
  const { front, beaten } = settle(points);
  logBeatenCandidates(beaten, log);
  return front;
}

interface Product {
  readonly trainings: readonly TrainingPart[];
  readonly servings: readonly ServingPart[];
}

function trainingFront(groups: readonly Group[], grids: Grids, log: RejectionLog): readonly TrainingPart[] {
  // Of each pair first, so that the many ways that lose to another way of the same pair never meet the rest.
  const fronts = groups.flatMap((group) => settleTrainings(trainingParts(group, grids), log));
  return settleTrainings(fronts, log);
}

function settleTrainings(parts: readonly TrainingPart[], log: RejectionLog): readonly TrainingPart[] {
  const { front, beaten } = settle(parts);
  logBeatenTrainings(beaten, log);
  return front;
}

function servingFront(group: Group | undefined, grids: Grids, log: RejectionLog): readonly ServingPart[] {
  if (!group) return [];
  const { front, beaten } = settle(group.serving.map((option) => servingPart(option, grids)));
  logBeatenServings(group.pair.student.option.name, beaten, log);
  return front;
}

function leastCost(products: readonly Product[]): number {
  const least = (parts: readonly { readonly cost: number }[]): number =>
    parts.reduce((smallest, { cost }) => Math.min(smallest, cost), Infinity);
  return products.reduce(
    (smallest, { trainings, servings }) => Math.min(smallest, least(trainings) + least(servings)),
    Infinity,
  );
}
