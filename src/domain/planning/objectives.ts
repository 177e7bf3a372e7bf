import { type Money, moneyToNumber } from '../money.ts';
import { SERVING_HORIZON_HOURS } from './constants.ts';
import type { Group } from './enumerate.ts';
import { pairName } from './pair.ts';
import { placeText, splitText } from './place-text.ts';
import { type Grid, linearGrid, ratioGrid, RESOLUTION } from './resolution.ts';
import type { ServingOption } from './serving-option.ts';
import type { Tied } from './tie.ts';
import type { TrainingOption } from './training-option.ts';

/** What a candidate is expected to do, exactly as predicted; less is better. Infinity where a price is unknown. */
interface Objectives {
  /** 1 − accuracy. */
  readonly shortfall: number;
  readonly requestSeconds: number;
  readonly trainingSeconds: number;
  /** Training, and the horizon of serving. */
  readonly cost: number;
}

/** One way to train one student: the first part of a candidate. Its cost is exact, as it is added to another. */
export class TrainingPart implements Tied {
  readonly option: TrainingOption;
  readonly group: Group;
  readonly shortfall: number;
  readonly values: readonly number[];

  constructor(group: Group, option: TrainingOption, grids: Grids) {
    this.group = group;
    this.option = option;
    this.shortfall = 1 - group.pair.accuracy.point;
    this.values = [grids.accuracy(this.shortfall), grids.trainingTime(option.seconds), option.amount];
  }

  get cost(): number {
    return this.option.amount;
  }

  // Read only of the few that tie or are shown, out of tens of thousands.
  get tie(): readonly number[] {
    return tieOf(this.cost, this.option.gpus * this.option.nodes);
  }

  get name(): string {
    const { teacher, student, strategy, method, loss } = pairName(this.group.pair);
    const what = [teacher, student, strategy, method, ...(loss === undefined ? [] : [loss])];
    return [...what, placeName(this.option, this.option.nodes)].join('/');
  }
}

/** One way to serve it: the second part. */
export interface ServingPart extends Tied {
  readonly option: ServingOption;
  /** Over the horizon. */
  readonly cost: number;
}

/** A candidate: its values are steps of the estimators' resolution, see `resolution.ts`. */
export interface Scored extends Tied {
  readonly group: Group;
  readonly training: TrainingOption;
  readonly serving: ServingOption;
  readonly exact: Objectives;
}

/** One scale per objective, so that steps mean the same for all candidates of a plan. */
export interface Grids {
  readonly accuracy: Grid;
  readonly latency: Grid;
  readonly trainingTime: Grid;
}

export function gridsOf(groups: readonly Group[]): Grids {
  let [shortfall, latency, seconds] = [Infinity, Infinity, Infinity];
  for (const { pair, training, serving } of groups) {
    shortfall = Math.min(shortfall, 1 - pair.accuracy.point);
    for (const option of training) seconds = Math.min(seconds, option.seconds);
    for (const { atLoad } of serving) latency = Math.min(latency, atLoad.requestSeconds);
  }
  return {
    accuracy: linearGrid(shortfall, RESOLUTION.accuracy),
    latency: ratioGrid(latency, RESOLUTION.latency),
    trainingTime: ratioGrid(seconds, RESOLUTION.trainingTime),
  };
}

export function trainingParts(group: Group, grids: Grids): readonly TrainingPart[] {
  return group.training.map((option) => new TrainingPart(group, option, grids));
}

export function servingPart(option: ServingOption, grids: Grids): ServingPart {
  const cost = amount(option.hourly) * SERVING_HORIZON_HOURS;
  return {
    option,
    cost,
    values: [grids.latency(option.atLoad.requestSeconds), cost],
    tie: tieOf(cost, option.gpus * option.replicas),
    name: servingName(option),
  };
}

function exactOf(training: TrainingPart, serving: ServingPart): Objectives {
  return {
    shortfall: training.shortfall,
    requestSeconds: serving.option.atLoad.requestSeconds,
    trainingSeconds: training.option.seconds,
    cost: training.cost + serving.cost,
  };
}

export function scored(training: TrainingPart, serving: ServingPart, cost: Grid): Scored {
  const exact = exactOf(training, serving);
  const [shortfall = 0, seconds = 0] = training.values;
  const [latency = 0] = serving.values;
  return {
    group: training.group,
    training: training.option,
    serving: serving.option,
    exact,
    values: [shortfall, latency, seconds, cost(exact.cost)],
    tie: training.tie.map((value, i) => value + (serving.tie[i] ?? 0)),
    get name() {
      return `${training.name}/${serving.name}`;
    },
  };
}

/** The cheaper first, unknown prices behind known ones and told apart by what is known; then the one with fewer GPUs. */
function tieOf(cost: number, gpus: number): readonly number[] {
  return Number.isFinite(cost) ? [0, cost, gpus] : [1, 0, gpus];
}

function amount(money: Money | null): number {
  return money === null ? Infinity : moneyToNumber(money);
}

function servingName(option: ServingOption): string {
  const name = splitText(option);
  return option.quantization === 'None' ? name : `${name} in ${option.quantization}`;
}

function placeName({ pool, gpus }: TrainingOption, nodes: number): string {
  const name = placeText(pool, gpus);
  return nodes > 1 ? `${name} on ${nodes} nodes` : name;
}
