import { compareMoney, formatCents, type Money } from '../money.ts';
import { compareText } from '../text.ts';
import type { Rejection, RejectionReason } from './candidate.ts';
import { type Enumeration, enumerate, type Group } from './enumerate.ts';
import { LIMIT_FIELDS, type LimitName, type Limits } from './limits.ts';
import { freeSlots } from './pool.ts';
import { RejectionLog } from './rejections.ts';
import type { PlanInputs } from './request.ts';
import { refuseRequest } from './sane-inputs.ts';
import type { ServingOption } from './serving-option.ts';

interface Relaxation {
  /** Path below `spec`. */
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

/** What stands in the way when nothing is feasible. */
export interface Blocker {
  readonly reason: RejectionReason | 'NoPools' | 'NoModels' | 'RequestInvalid';
  readonly message: string;
  /** The smallest change of one limit, by ratio, that admits a candidate; null when no single change does. */
  readonly relaxation: Relaxation | null;
}

interface Scaled extends Relaxation {
  readonly change: number;
}

/** Names the stage where the last candidate was lost and the reason most often given there, and looks for a way out. */
export function explainNothing(
  inputs: PlanInputs,
  limits: Limits,
  found: { enumeration: Enumeration; log: RejectionLog },
): Blocker {
  const invalid = refuseRequest(inputs);
  if (invalid !== null) return { reason: 'RequestInvalid', message: invalid, relaxation: null };
  if (inputs.pools.length === 0)
    return {
      reason: 'NoPools',
      message: 'there are no pools to plan on: no nodes that may be read, and none that a ServerPool describes',
      relaxation: null,
    };
  if (inputs.request.teachers.length === 0 || inputs.request.students.length === 0) {
    return { reason: 'NoModels', message: 'a plan needs at least one teacher and one student', relaxation: null };
  }
  const { lostAt } = found.enumeration;
  const [reason, times] = mostFrequent(lostAt?.reasons ?? new Map());
  const total = [...(lostAt?.reasons.values() ?? [])].reduce((sum, n) => sum + n, 0);
  const example = found.log.examples().find((rejection: Rejection) => rejection.reason === reason)?.message ?? '';
  const relaxation = smallestRelaxation(inputs, limits);
  const lost = `no ${lostAt?.stage ?? 'candidate'} is left: ${times} of ${total} are ruled out as ${reason} (${example})`;
  return { reason, message: relaxation ? `${lost}; ${sentence(relaxation)}` : lost, relaxation };
}

function sentence({ field, from, to }: Relaxation): string {
  return `changing ${field} from ${from} to ${to} would admit a candidate`;
}

function mostFrequent(reasons: ReadonlyMap<RejectionReason, number>): readonly [RejectionReason, number] {
  const [first] = [...reasons].sort(([a, n], [b, m]) => m - n || compareText(a, b));
  return first ?? ['NotEnoughFreeGpus', 0];
}

/** Drops each limit in turn; where that admits something, the value that just admits the nearest is the relaxation. */
function smallestRelaxation(inputs: PlanInputs, limits: Limits): Relaxation | null {
  const names = Object.keys(LIMIT_FIELDS) as LimitName[];
  const found = names.flatMap((name) => {
    if (limits[name] === undefined) return [];
    const { groups } = enumerate(inputs, { ...limits, [name]: undefined }, new RejectionLog());
    const relaxed = groups.length === 0 ? null : NEEDED[name](groups, limits);
    return relaxed ? [{ ...relaxed, field: LIMIT_FIELDS[name] }] : [];
  });
  const [smallest] = found.sort((a, b) => a.change - b.change || compareText(a.field, b.field));
  if (smallest) return { field: smallest.field, from: smallest.from, to: smallest.to };
  return unknownPrices(inputs, limits);
}

function unknownPrices(inputs: PlanInputs, limits: Limits): Relaxation | null {
  if (limits.allowUnknownPrice) return null;
  const { groups } = enumerate(inputs, { ...limits, allowUnknownPrice: true }, new RejectionLog());
  return groups.length === 0 ? null : { field: 'constraints.budget.allowUnknownPrices', from: 'false', to: 'true' };
}

type Needed = (groups: readonly Group[], limits: Limits) => Omit<Scaled, 'field'> | null;

/** Of each limit, the value nearest to it that some candidate meets. */
const NEEDED: Readonly<Record<LimitName, Needed>> = {
  minAccuracy: (groups, limits) =>
    lowered(limits.minAccuracy, greatest(groups.map(({ pair }) => pair.accuracy.high)), 1000),
  trainingSeconds: (groups, limits) =>
    raised(limits.trainingSeconds, least(groups.flatMap(({ training }) => training.map(({ seconds }) => seconds)))),
  budget: (groups, limits) =>
    dearer(
      limits.budget,
      groups.flatMap(({ training }) => training.map(({ cost }) => cost)),
    ),
  firstTokenMilliseconds: (groups, limits) =>
    raised(
      limits.firstTokenMilliseconds,
      least(servings(groups).map((option) => quickest(option, limits).timeToFirstTokenHighSeconds * 1000)),
    ),
  interTokenMilliseconds: (groups, limits) =>
    raised(
      limits.interTokenMilliseconds,
      least(servings(groups).map((option) => quickest(option, limits).interTokenSeconds * 1000)),
    ),
  requestsPerSecond: (groups, limits) =>
    lowered(limits.requestsPerSecond, greatest(servings(groups).map((option) => highestRate(option, limits))), 100),
  hourlyCost: (groups, limits) =>
    dearer(
      limits.hourlyCost,
      servings(groups).map(({ hourly }) => hourly),
    ),
  costPerMillionTokens: (groups, limits) =>
    dearer(
      limits.costPerMillionTokens,
      servings(groups).map(({ perMillionTokens }) => perMillionTokens),
    ),
};

function servings(groups: readonly Group[]): readonly ServingOption[] {
  return groups.flatMap(({ serving }) => serving);
}

/** With a rate to keep up with, a lighter load than the planned one would need more replicas. */
function quickest(option: ServingOption, { requestsPerSecond }: Limits): ServingOption['alone'] {
  return requestsPerSecond === undefined ? option.alone : option.atLoad;
}

function highestRate({ pool, gpus, atBest, hourly }: ServingOption, limits: Limits): number {
  const affordable =
    hourly === null || hourly === 0n || limits.hourlyCost === undefined ? Infinity : Number(limits.hourlyCost / hourly);
  return atBest.requestsPerSecond * Math.min(freeSlots(pool, gpus), affordable);
}

function raised(from: number | undefined, needed: number): Omit<Scaled, 'field'> | null {
  if (from === undefined || !Number.isFinite(needed)) return null;
  const to = Math.ceil(needed);
  return { from: String(from), to: String(to), change: change(from, to) };
}

function lowered(from: number | undefined, needed: number, precision: number): Omit<Scaled, 'field'> | null {
  if (from === undefined || !(needed > 0)) return null;
  const to = Math.floor(needed * precision) / precision;
  return to > 0 ? { from: String(from), to: String(to), change: change(from, to) } : null;
}

function dearer(from: Money | undefined, needed: readonly (Money | null)[]): Omit<Scaled, 'field'> | null {
  const [least] = needed.filter((cost) => cost !== null).sort(compareMoney);
  if (from === undefined || least === undefined) return null;
  return { from: formatCents(from), to: formatCents(least), change: change(Number(from), Number(least)) };
}

/** Not `Math.min(...values)`: a large cluster has more options than a call may have arguments. */
function least(values: readonly number[]): number {
  return values.reduce((smallest, value) => Math.min(smallest, value), Infinity);
}

function greatest(values: readonly number[]): number {
  return values.reduce((largest, value) => Math.max(largest, value), -Infinity);
}

/** How far apart by ratio, so that seconds, money and accuracies can be compared. */
function change(from: number, to: number): number {
  return Math.abs(Math.log(Math.max(to, 1e-9) / Math.max(from, 1e-9)));
}
