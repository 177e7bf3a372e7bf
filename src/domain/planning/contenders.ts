/** Which recipes could still turn out to be the plan's choice: those are worth a trial run, and when none is left, none is. */
import { compareText } from '../text.ts';
import { combineGroups } from './combine.ts';
import { enumerate, type Group } from './enumerate.ts';
import { keepSurest } from './floor.ts';
import { type Limits, limitsOf } from './limits.ts';
import { pairName } from './pair.ts';
import { effectiveObjective } from './plan.ts';
import { type Recipe, recipeKey } from './recipe.ts';
import { RejectionLog } from './rejections.ts';
import type { PlanInputs } from './request.ts';
import { rankFront } from './select.ts';

export interface Contender {
  readonly recipe: Recipe;
  readonly group: Group;
}

export interface Contest {
  /** The choice as things stand first, then whatever could take its place, the likeliest first. Empty when nothing is feasible. */
  readonly contenders: readonly Contender[];
  /** Whether the measured accuracy of any of them could change the choice, or tell whether it clears the floor. */
  readonly open: boolean;
  readonly floorOpen: boolean;
}

/**
 * A rival is a recipe that would be chosen if it turned out as good as its interval allows and the present choice as bad. So
 * nothing is tried whose accuracy cannot matter, such as that of students that cost more under `CostFirst`; and recipes that
 * only a guess puts behind another are not overlooked, though the front does not show them.
 */
export function findContest(inputs: PlanInputs): Contest {
  const race = new Race(inputs);
  const [best, ...others] = race.standings();
  if (best === undefined) return { contenders: [], open: false, floorOpen: false };
  const rivals = others.filter((rival) => race.couldBeat(rival, best));
  const { low, high } = best.pair.accuracy;
  const floor = race.limits.minAccuracy;
  const floorOpen = floor !== undefined && low < floor && high >= floor;
  const contenders = [best, ...rivals].map((group) => ({ recipe: pairName(group.pair), group }));
  return { contenders, open: rivals.length > 0 || floorOpen, floorOpen };
}

class Race {
  readonly limits: Limits;
  readonly #objective: PlanInputs['request']['objective'];
  readonly #loss: PlanInputs['request']['training']['loss'];
  readonly #groups: readonly Group[];

  constructor(inputs: PlanInputs) {
    this.limits = limitsOf(inputs.request.constraints);
    this.#objective = effectiveObjective(inputs);
    this.#loss = inputs.request.training.loss;
    this.#groups = enumerate(inputs, this.limits, new RejectionLog(0)).beforeFloor;
  }

  /**
   * In the order of the plan; recipes that are not on its front behind, the most accurate first, and last those that differ in the
   * loss alone: of other teachers and students more is to be learnt.
   */
  standings(): readonly Group[] {
    const ranked = this.#rank(this.#groups);
    const rest = this.#groups
      .filter((group) => !ranked.includes(group))
      .sort(
        (a, b) =>
          Number(isExtra(a, this.#loss)) - Number(isExtra(b, this.#loss)) ||
          b.pair.accuracy.point - a.pair.accuracy.point ||
          compareText(keyOf(a), keyOf(b)),
      );
    return [...ranked, ...rest];
  }

  couldBeat(rival: Group, best: Group): boolean {
    const { high } = rival.pair.accuracy;
    const { low } = best.pair.accuracy;
    const imagined = this.#groups.map((group) => {
      if (group === rival) return withAccuracy(group, high);
      return group === best ? withAccuracy(group, low) : group;
    });
    const [winner] = this.#rank(imagined);
    return winner !== undefined && keyOf(winner) === keyOf(rival);
  }

  #rank(groups: readonly Group[]): readonly Group[] {
    const log = new RejectionLog(0);
    const kept = keepSurest(groups, this.limits.minAccuracy, log);
    return [...new Set(rankFront(combineGroups(kept, log), this.#objective).map(({ item }) => item.group))];
  }
}

/** One that `Auto` adds to each of the others. */
function isExtra({ pair }: Group, asked: PlanInputs['request']['training']['loss']): boolean {
  return asked === 'Auto' && pair.loss !== 'SequenceLevel';
}

function withAccuracy(group: Group, accuracy: number): Group {
  const certain = { low: accuracy, point: accuracy, high: accuracy, basis: group.pair.accuracy.basis };
  return { ...group, pair: { ...group.pair, accuracy: certain } };
}

function keyOf({ pair }: Group): string {
  return recipeKey(pairName(pair));
}
