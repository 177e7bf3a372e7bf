import { type Blocker, explainNothing } from './blocker.ts';
import type { Candidate, Rejection, RejectionReason } from './candidate.ts';
import { combineGroups } from './combine.ts';
import { GAP_CLOSED, NODE_START_SECONDS, OLD_PRICE_DAYS, SERVING_HORIZON_HOURS } from './constants.ts';
import { toCandidate } from './describe.ts';
import { enumerate } from './enumerate.ts';
import { explain } from './explain.ts';
import { floorNote } from './floor.ts';
import { interruptionsOf } from './interruption.ts';
import { limitsOf } from './limits.ts';
import type { Scored } from './objectives.ts';
import { planId } from './plan-id.ts';
import { isAtZero, type Pool } from './pool.ts';
import { type RejectionGroup, RejectionLog } from './rejections.ts';
import type { Quantization } from './quantization.ts';
import type { PlanInputs } from './request.ts';
import { rankFront, usableWeights } from './select.ts';
import { ratio, type StrategyDecision } from './strategy.ts';
import { compareText } from '../text.ts';

interface PriceUsed {
  readonly pool: string;
  readonly source: string;
  readonly date: string | null;
}

export interface PlanResult {
  /** A short hash of the inputs. */
  readonly id: string;
  readonly selected: Candidate | null;
  /** Non-dominated, best first by the objective: the order in which later attempts may try them. */
  readonly front: readonly Candidate[];
  /** Examples of every reason; the totals count all. */
  readonly rejected: readonly Rejection[];
  /** The same by place and reason, with counts. */
  readonly rejectionGroups: readonly RejectionGroup[];
  readonly rejectedTotals: Readonly<Partial<Record<RejectionReason, number>>>;
  readonly rejectedTotal: number;
  readonly considered: number;
  readonly feasible: number;
  readonly strategies: readonly StrategyDecision[];
  /** The prices behind the selected candidate; of unknown ones nothing is listed. */
  readonly prices: readonly PriceUsed[];
  /** Pools behind the front that have no node yet. */
  readonly atZero: readonly string[];
  /** Why the selected one, for a person to read. Empty when there is none. */
  readonly explanation: string;
  readonly blocker: Blocker | null;
  /** Things worth saying that are not refusals: undecided strategy, ignored weights, old prices. */
  readonly notes: readonly string[];
}

/**
 * Chooses teacher, student, strategy, method and pools. Hard limits first, then the exact front over (accuracy, latency,
 * training time, cost), then the objective. Pure: equal inputs, in any order, give an equal result.
 */
export function makePlan(inputs: PlanInputs): PlanResult {
  const limits = limitsOf(inputs.request.constraints);
  const log = new RejectionLog();
  const enumeration = enumerate(inputs, limits, log);
  const ranked = rankFront(combineGroups(enumeration.groups, log), effectiveObjective(inputs));
  const [best] = ranked;
  const front = ranked.map(({ item }) => toCandidate(item));
  return {
    id: planId(inputs),
    selected: front[0] ?? null,
    front,
    rejected: log.examples(),
    rejectionGroups: log.groups(),
    rejectedTotals: log.totals(),
    rejectedTotal: log.total(),
    considered: enumeration.considered,
    feasible: enumeration.feasible,
    strategies: enumeration.decisions,
    prices: best ? pricesOf([best.item.training.pool, best.item.serving.pool]) : [],
    atZero: poolsAtZero(ranked.map(({ item }) => item)),
    explanation: best
      ? explain(ranked, {
          objective: effectiveObjective(inputs),
          feasible: enumeration.feasible,
          calibration: inputs.calibration ?? [],
          training: inputs.request.training,
        })
      : '',
    blocker: best ? null : explainNothing(inputs, limits, { enumeration, log }),
    notes: notesOn(inputs, enumeration.decisions, best?.item ?? null),
  };
}

function quantizationNote(format: Quantization, by: PlanInputs['request']['quantizedBy']): string[] {
  if (format === 'None') return [];
  const measured =
    by === 'Publication' ? 'the evaluation asks the quantised student' : 'the evaluation runs unquantised';
  return [`the loss of accuracy by serving in ${format} is not predicted: ${measured}`];
}

/** Balanced where the weights are not usable. */
export function effectiveObjective({ request }: PlanInputs): PlanInputs['request']['objective'] {
  const { objective } = request;
  return 'weights' in objective && !usableWeights(objective.weights) ? { policy: 'Balanced' } : objective;
}

function notesOn(inputs: PlanInputs, decisions: readonly StrategyDecision[], best: Scored | null): readonly string[] {
  const notes = decisions.filter(({ decided }) => !decided).map(({ message }) => message);
  const { objective, constraints } = inputs.request;
  if ('weights' in objective && !usableWeights(objective.weights))
    notes.push('the weights are not usable (negative, or all zero): Balanced is used instead');
  if (!best) return notes;
  const { accuracy, strategy, method } = best.group.pair;
  if (accuracy.basis === 'Piloted')
    notes.push(
      `accuracy between ${ratio(accuracy.low)} and ${ratio(accuracy.high)} is that of a trial run, carried forward to the whole`,
    );
  else if (strategy === 'KnowledgeAlignment')
    notes.push(
      `accuracy assumes that ${GAP_CLOSED[method].point} of the gap to the teacher closes; the evaluation measures it`,
    );
  else
    notes.push(
      `accuracy between ${ratio(accuracy.low)} and ${ratio(accuracy.high)} is unmeasured: no probe says how much a student can take in`,
    );
  notes.push(...floorNote(accuracy, constraints.minAccuracy));
  notes.push(...quantizationNote(best.serving.quantization, inputs.request.quantizedBy));
  if (best.values[3] === Infinity)
    notes.push('cost is unknown, because a price is; it counts as worse than any known cost');
  else notes.push(`cost adds training and ${SERVING_HORIZON_HOURS} hours of serving`);
  return [
    ...notes,
    ...spotNotes(best),
    ...priceNotes(inputs.today, [best.training.pool, best.serving.pool]),
    ...newNodeNotes(best),
    ...simulationNote(best),
  ];
}

function spotNotes({ training, serving }: Scored): readonly string[] {
  const risk = interruptionsOf(training.pool) ?? interruptionsOf(serving.pool);
  if (risk === null) return [];
  const pools = [...new Set([training.pool, serving.pool])].filter((pool) => interruptionsOf(pool) !== null);
  const names = pools.map(({ name }) => name).join(', ');
  return [
    `spot: an interruption every ${risk.meanSeconds / 3600} hours is assumed of ${names}, and its cost is in time and price`,
  ];
}

function newNodeNotes({ training, serving }: Scored): readonly string[] {
  const pools = [...new Set([training.pool, serving.pool])].filter(isAtZero);
  return pools.map(
    ({ name, newNodesFrom }) =>
      `${name} is at zero: ${newNodesFrom} makes its nodes when pods ask for them, for which ${NODE_START_SECONDS} s are assumed`,
  );
}

function simulationNote({ training, serving }: Scored): readonly string[] {
  const simulated = [...new Set([training.pool, serving.pool])]
    .filter((pool) => pool.simulated)
    .map(({ name }) => name);
  return simulated.length > 0
    ? [`simulated: ${simulated.join(', ')}; figures are those of the hardware that the labels name`]
    : [];
}

function pricesOf(pools: readonly Pool[]): readonly PriceUsed[] {
  return [...new Set(pools)].flatMap(({ name, price }) =>
    price.known ? [{ pool: name, source: price.source, date: price.date }] : [],
  );
}

function poolsAtZero(front: readonly Scored[]): readonly string[] {
  const pools = front.flatMap(({ training, serving }) => [training.pool, serving.pool]);
  return [...new Set(pools.filter(isAtZero).map(({ name }) => name))].sort(compareText);
}

function priceNotes(today: string, pools: readonly Pool[]): readonly string[] {
  return pricesOf(pools).flatMap(({ pool, date }) => {
    const age = date === null ? Number.NaN : (Date.parse(today) - Date.parse(date)) / 86_400_000;
    return age > OLD_PRICE_DAYS ? [`the price of ${pool} is ${Math.floor(age)} days old`] : [];
  });
}
