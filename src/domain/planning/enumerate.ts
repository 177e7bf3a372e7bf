import { compareText } from '../text.ts';
import type { RejectionReason } from './candidate.ts';
import { DEFAULT_INPUT_TOKENS, DEFAULT_OUTPUT_TOKENS } from './constants.ts';
import { keepSurest } from './floor.ts';
import { type Limits, tokensPerRequest } from './limits.ts';
import { makePairs, type Pair, pairName, type Student } from './pair.ts';
import { splitText } from './place-text.ts';
import { refusePool } from './placement.ts';
import type { Pool } from './pool.ts';
import { recipeKey } from './recipe.ts';
import type { RejectionLog } from './rejections.ts';
import type { PlanInputs } from './request.ts';
import { refuseFigures, refuseRequest } from './sane-inputs.ts';
import { serveOn, type ServingNeed, type ServingOption } from './serving-option.ts';
import { type ServingSite, servingSites, suits } from './serving-site.ts';
import { sitesOf } from './site.ts';
import type { StrategyDecision } from './strategy.ts';
import { type Trainings, trainEverywhere } from './train-everywhere.ts';
import type { TrainingWork } from './training-fit.ts';
import type { TrainingOption } from './training-option.ts';
import { workloadOf } from './workload.ts';

/**
 * The feasible candidates in factored form: of one pair, every way to train with every way to serve. No limit ties the two
 * together, so their product is never written out; 40 pools would make millions of candidates of some thousand options.
 */
export interface Group {
  readonly pair: Pair;
  readonly training: readonly TrainingOption[];
  /** How many ways to train there are, with those that do the same for more. */
  readonly trainings: number;
  readonly serving: readonly ServingOption[];
}

export interface Enumeration {
  readonly groups: readonly Group[];
  /** Those, and the ones that the accuracy floor took although it might be met. */
  readonly beforeFloor: readonly Group[];
  readonly decisions: readonly StrategyDecision[];
  /** Combinations looked at and combinations left. */
  readonly considered: number;
  readonly feasible: number;
  /** Where the last candidate was lost; null when some are left. */
  readonly lostAt: { readonly stage: string; readonly reasons: ReadonlyMap<RejectionReason, number> } | null;
}

type Tally = Map<RejectionReason, number>;

/** Walks pools, pairs, servings and trainings in name order, and logs each thing ruled out at the level where it was. */
export function enumerate(inputs: PlanInputs, limits: Limits, log: RejectionLog): Enumeration {
  const poolTally: Tally = new Map();
  if (refuseRequest(inputs) !== null)
    return { groups: [], beforeFloor: [], decisions: [], considered: 0, feasible: 0, lostAt: null };
  const pools = usablePools(inputs, log, poolTally);
  const { pairs, refused, decisions } = makePairs(inputs, limits.minAccuracy);
  const pairTally: Tally = new Map();
  for (const { reason, ...rest } of refused) {
    count(pairTally, reason);
    log.add(reason, { stage: 'Pair', place: rest.student ?? '' }, () => rest);
  }
  const terms = { currency: limits.currency, engine: inputs.request.engine, calibration: inputs.calibration };
  const servingPlaces = pools.flatMap((pool) => servingSites(pool, terms));
  const sites = pools.flatMap((pool) => sitesOf(pool, inputs.request.maxTrainingNodes ?? 1, limits.currency));
  const considered = (pairs.length + refused.length) * sites.length * servingPlaces.length;
  const base = { decisions, considered, feasible: 0, groups: [], beforeFloor: [] };
  if (pools.length === 0) return { ...base, lostAt: { stage: 'pool', reasons: poolTally } };
  if (pairs.length === 0) return { ...base, lostAt: { stage: 'pair', reasons: pairTally } };

  const servingTally: Tally = new Map();
  const servings = servingsByStudent(pairs, { inputs, sites: servingPlaces, limits, log, tally: servingTally });
  const servable = pairs.filter((pair) => (servings.get(pair.student)?.length ?? 0) > 0);
  if (servable.length === 0) return { ...base, lostAt: { stage: 'way to serve', reasons: servingTally } };

  const trainingTally: Tally = new Map();
  const { allowances = [] } = inputs.request.placement;
  const walk = { sites, work: trainingWork(inputs), limits, allowances, log, tally: trainingTally };
  const trainings = trainEverywhere(servable, walk);
  const trainable = servable
    .map((pair, i) => groupOf(pair, trainings[i], servings.get(pair.student)))
    .filter(({ training }) => training.length > 0);
  if (trainable.length === 0) return { ...base, lostAt: { stage: 'way to train', reasons: trainingTally } };
  const needed = dropNeedlessFallbacks(trainable, inputs.request.training, log);
  const groups = keepSurest(needed, limits.minAccuracy, log);
  const feasible = groups.reduce((sum, group) => sum + group.trainings * group.serving.length, 0);
  return { decisions, considered, feasible, groups, beforeFloor: needed, lostAt: null };
}

function groupOf(pair: Pair, found: Trainings | undefined, serving: Group['serving'] | undefined): Group {
  return { pair, training: found?.options ?? [], trainings: found?.feasible ?? 0, serving: serving ?? [] };
}

/** A fallback gives accuracy up for means; where the method itself is within them, nothing is given up. */
function dropNeedlessFallbacks(
  groups: readonly Group[],
  { method, fallbackMethod }: PlanInputs['request']['training'],
  log: RejectionLog,
): readonly Group[] {
  if (fallbackMethod === undefined) return groups;
  const withoutMethod = ({ pair }: Group): string => recipeKey({ ...pairName(pair), method: '' });
  const whole = new Set(groups.filter(({ pair }) => pair.method === method).map(withoutMethod));
  return groups.filter((group) => {
    const { pair } = group;
    if (pair.method !== fallbackMethod || !whole.has(withoutMethod(group))) return true;
    log.add('MethodNotNeeded', { stage: 'Pair', place: pair.student.option.name }, () => ({
      ...pairName(pair),
      message: `${fallbackMethod} is kept for where ${method} does not fit, and it does`,
    }));
    return false;
  });
}

interface Walk {
  readonly inputs: PlanInputs;
  readonly sites: readonly ServingSite[];
  readonly limits: Limits;
  readonly log: RejectionLog;
  readonly tally: Tally;
}

function usablePools({ pools, request }: PlanInputs, log: RejectionLog, tally: Tally): readonly Pool[] {
  return [...pools]
    .sort((a, b) => compareText(a.name, b.name))
    .filter((pool) => {
      const refusal = refusePool(pool, request.placement) ?? refuseFigures(pool);
      if (!refusal) return true;
      count(tally, refusal.reason);
      log.add(refusal.reason, { stage: 'Pool', place: pool.name }, () => ({
        trainingPool: pool.name,
        servingPool: pool.name,
        message: `${pool.name}: ${refusal.message}`,
      }));
      return false;
    });
}

function servingsByStudent(pairs: readonly Pair[], walk: Walk): ReadonlyMap<Student, readonly ServingOption[]> {
  const students = new Set(pairs.map(({ student }) => student));
  return new Map([...students].map((student) => [student, servingsOf(student, walk)]));
}

function servingsOf(student: Student, { inputs, sites, limits, log, tally }: Walk): readonly ServingOption[] {
  const found: ServingOption[] = [];
  for (const need of servingNeeds(student, inputs, limits)) {
    for (const site of sites) {
      if (!suits(student.facts, site)) continue;
      const { pool, gpus } = site;
      const verdict = serveOn(site, need);
      if ('option' in verdict) {
        found.push(verdict.option);
        continue;
      }
      const { reason, message } = verdict.refusal;
      count(tally, reason);
      const what = { student: student.option.name, servingPool: pool.name, servingGpus: gpus };
      log.add(reason, { stage: 'Serving', place: pool.name }, () => ({
        ...what,
        message: `serving ${what.student} on ${splitText(site)}: ${message}`,
      }));
    }
  }
  return found;
}

/** One for each way to store the weights. */
function servingNeeds(student: Student, { request, profile }: PlanInputs, limits: Limits): readonly ServingNeed[] {
  const { input, output } = tokensPerRequest(request, {
    input: Math.ceil(profile.meanPromptTokens) || DEFAULT_INPUT_TOKENS,
    output: Math.ceil(profile.meanCompletionTokens) || DEFAULT_OUTPUT_TOKENS,
  });
  const need = { model: student.facts, inputTokens: input, outputTokens: output, limits };
  return (request.quantizations ?? ['None']).map((quantization) => ({ ...need, quantization, known: new Map() }));
}

/** What training means, whatever the pair and wherever it is done. */
export function trainingWork({ request, profile, calibration = [] }: PlanInputs): TrainingWork {
  const { training, strategy } = request;
  return {
    workload: workloadOf({ request, profile }),
    sequenceLength: training.maxSequenceLength,
    rationale: strategy.rationale,
    checkpointSeconds: training.checkpointSeconds,
    calibration,
  };
}

function count(tally: Tally, reason: RejectionReason): void {
  tally.set(reason, (tally.get(reason) ?? 0) + 1);
}
