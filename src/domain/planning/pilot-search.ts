/**
 * Successive halving over the recipes that could still be chosen. In each rung every recipe left is tried for as long as the
 * others; then the worse half is tried no further, and the rest twice as long. Dropped is not ruled out: what a trial
 * measured stays in the plan. Deterministic, and over as soon as no measurement could change the choice.
 */
import { addMoney, compareMoney, costOfSeconds, formatCents, type Money, subtractMoney } from '../money.ts';
import { wilson } from '../statistics.ts';
import { compareText } from '../text.ts';
import { PILOT_STOP_SECONDS } from './constants.ts';
import { type Contender, type Contest, findContest } from './contenders.ts';
import { estimatePilot, type PilotEstimate, type PilotSize, pilotSize } from './pilot-size.ts';
import type { PilotMeasured } from './pilot-result.ts';
import { type Recipe, recipeKey, recipeName } from './recipe.ts';
import type { PlanInputs } from './request.ts';
import { workloadOf } from './workload.ts';

export interface Pilot {
  readonly name: string;
  readonly recipe: Recipe;
  /** How many times the trial was made longer. */
  readonly rung: number;
  readonly state: 'Pending' | 'Running' | 'Measured' | 'Failed' | 'Dropped';
  /** Of the longest trial that is done. */
  readonly measured?: PilotMeasured | undefined;
}

export interface SearchLimits {
  readonly maxPilots: number;
  /** What all trials together may cost; null sets no limit. */
  readonly money: Money | null;
  readonly spent: Money;
  readonly currency: string;
  readonly probeSamples: number;
  readonly warmupSteps: number;
}

/** Why no more trials are made. */
export type SearchEnd = 'NothingToDecide' | 'ChoiceDecided' | 'PilotsMeasured' | 'PilotBudgetSpent' | 'NoPilotPossible';

export type SearchStep =
  | {
      readonly type: 'start';
      readonly pilots: readonly Pilot[];
      readonly name: string;
      readonly size: PilotSize;
      readonly estimate: PilotEstimate;
      /** The pod is stopped then, so that it cannot spend more than is left; null without a limit or a price. */
      readonly deadlineSeconds: number | null;
      /** What it may pay for tokens; null without a limit. */
      readonly tokenMoney: Money | null;
    }
  | {
      readonly type: 'over';
      readonly pilots: readonly Pilot[];
      readonly reason: SearchEnd;
      readonly message: string;
    };

/** @param pilots what has been tried so far, in order; none of them running. */
export function nextPilot(inputs: PlanInputs, pilots: readonly Pilot[], limits: SearchLimits): SearchStep {
  const contest = findContest(inputs);
  const begun = pilots.length > 0 ? pilots : firstRung(contest, limits.maxPilots);
  if (!contest.open || begun.length === 0) return closed(pilots);
  const stillOpen = new Map(contest.contenders.map((contender) => [recipeKey(contender.recipe), contender]));
  const left = begun.map((pilot) =>
    pilot.state === 'Pending' && !stillOpen.has(recipeKey(pilot.recipe)) ? drop(pilot) : pilot,
  );
  const search: Search = { inputs, limits, contest, stillOpen };
  const ready = left.some(({ state }) => state === 'Pending') ? left : climb(left, search);
  const next = ready.find(({ state }) => state === 'Pending');
  return next === undefined ? measured(ready) : start(next, ready, search);
}

/** Trials that halving `recipes` takes, down to the last one. */
export function trialsFor(recipes: number): number {
  let total = recipes;
  for (let left = Math.ceil(recipes / 2); left >= 2; left = Math.ceil(left / 2)) total += left;
  return total;
}

interface Search {
  readonly inputs: PlanInputs;
  readonly limits: SearchLimits;
  readonly contest: Contest;
  readonly stillOpen: ReadonlyMap<string, Contender>;
}

/** As many as can be halved to the end. */
function firstRung({ contenders, open }: Contest, maxPilots: number): readonly Pilot[] {
  if (!open) return [];
  let most = Math.min(contenders.length, maxPilots);
  while (most > 0 && trialsFor(most) > maxPilots) most -= 1;
  return contenders
    .slice(0, most)
    .map(({ recipe }) => ({ name: recipeName(recipe), recipe, rung: 0, state: 'Pending' }));
}

/** The better half of the rung that is done goes on to the next; nobody, when that would be a trial too many or none longer. */
function climb(pilots: readonly Pilot[], search: Search): readonly Pilot[] {
  const { limits, inputs, contest, stillOpen } = search;
  const top = Math.max(...pilots.map(({ rung }) => rung));
  const rung = pilots.filter((pilot) => pilot.rung === top && pilot.state === 'Measured');
  const open = rung.filter(({ recipe }) => stillOpen.has(recipeKey(recipe))).sort(byMeasure);
  const survivors = open.slice(0, Math.ceil(rung.length / 2));
  const comparable = survivors.length >= 2 || (survivors.length === 1 && contest.floorOpen);
  const longer = pilotSize(top + 1, workloadOf(inputs), limits.warmupSteps) !== null;
  const used = pilots.reduce((sum, pilot) => sum + pilot.rung + 1, 0);
  if (!comparable || !longer || used + survivors.length > limits.maxPilots) return pilots;
  return pilots.map((pilot) => {
    if (survivors.includes(pilot)) return { ...pilot, rung: top + 1, state: 'Pending' };
    return rung.includes(pilot) ? drop(pilot) : pilot;
  });
}

/** The more accurate first; of equals the one whose interval begins higher, that is the better measured one. */
function byMeasure(left: Pilot, right: Pilot): number {
  const a = intervalOf(left);
  const b = intervalOf(right);
  return b.point - a.point || b.low - a.low || compareText(left.name, right.name);
}

function intervalOf({ measured: found }: Pilot) {
  return wilson(found?.correct ?? 0, found?.samples ?? 0) ?? { low: 0, point: 0, high: 1 };
}

function start(next: Pilot, pilots: readonly Pilot[], search: Search): SearchStep {
  const { inputs, limits, stillOpen } = search;
  const size = pilotSize(next.rung, workloadOf(inputs), limits.warmupSteps);
  const contender = stillOpen.get(recipeKey(next.recipe));
  const { probeSamples } = limits;
  const estimate = size && contender ? estimatePilot(contender.group, { ...size, probeSamples }, inputs) : null;
  if (size === null || estimate === null)
    return over(pilots, 'NoPilotPossible', `no pool can try ${next.name} now; the plan goes by what is known`);
  const short = overspends(estimate, limits);
  if (short !== null) return over(pilots, 'PilotBudgetSpent', `${short}; ${tally(pilots)}`);
  const running = pilots.map((pilot): Pilot => (pilot === next ? { ...next, state: 'Running' } : pilot));
  return {
    type: 'start',
    pilots: running,
    name: next.name,
    size,
    estimate,
    ...allowance(estimate, limits),
  };
}

/** An unknown price is none to hold a limit against: whether it may be used at all is decided with the pools. */
function overspends({ cost }: PilotEstimate, { money, spent, currency }: SearchLimits): string | null {
  if (money === null || cost === null || compareMoney(addMoney(spent, cost), money) <= 0) return null;
  const [needed, gone, limit] = [cost, spent, money].map((amount) => formatCents(amount));
  return `the next trial is expected to cost ${needed} ${currency}, and ${gone} of the ${limit} for trials are spent`;
}

/**
 * How the money that is left bounds a trial: whole seconds in which its pod, its last ones included, and what it may pay for
 * tokens. What is left beyond the estimate goes to the pod, and half of it to the tokens where there are any.
 */
function allowance(
  { hourly, cost, seconds }: PilotEstimate,
  { money, spent }: SearchLimits,
): { readonly deadlineSeconds: number | null; readonly tokenMoney: Money | null } {
  if (money === null) return { deadlineSeconds: null, tokenMoney: null };
  const left = subtractMoney(money, spent);
  if (hourly === null || cost === null || hourly <= 0n) return { deadlineSeconds: null, tokenMoney: left };
  const tokens = subtractMoney(cost, costOfSeconds(hourly, seconds));
  const beyond = subtractMoney(left, cost);
  const tokenMoney = (tokens > 0n ? tokens + beyond / 2n : 0n) as Money;
  const forPod = subtractMoney(left, tokenMoney);
  return { deadlineSeconds: Math.max(1, Number((forPod * 3600n) / hourly) - PILOT_STOP_SECONDS), tokenMoney };
}

function closed(pilots: readonly Pilot[]): SearchStep {
  return pilots.length === 0
    ? over(pilots, 'NothingToDecide', 'no trial run could change the choice')
    : over(pilots, 'ChoiceDecided', `no further trial run could change the choice; ${tally(pilots)}`);
}

function measured(pilots: readonly Pilot[]): SearchStep {
  return over(pilots, 'PilotsMeasured', tally(pilots));
}

function over(pilots: readonly Pilot[], reason: SearchEnd, message: string): SearchStep {
  return {
    type: 'over',
    pilots: pilots.map((pilot) => (pilot.state === 'Pending' ? drop(pilot) : pilot)),
    reason,
    message,
  };
}

/** Tried no further. Back to the rung that was measured, if any was. */
function drop(pilot: Pilot): Pilot {
  const rung = pilot.state === 'Pending' && pilot.measured !== undefined ? pilot.rung - 1 : pilot.rung;
  return { ...pilot, rung, state: 'Dropped' };
}

function tally(pilots: readonly Pilot[]): string {
  const known = pilots.filter((pilot) => pilot.measured !== undefined);
  const failed = pilots.filter(({ state }) => state === 'Failed').length;
  const best = known.toSorted(byMeasure)[0];
  const told = best === undefined ? '' : `, ${best.name} best with ${intervalOf(best).point.toFixed(3)}`;
  return `${known.length} recipes measured${told}${failed === 0 ? '' : `, ${failed} failed`}`;
}
