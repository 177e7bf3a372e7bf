import type { Money } from '../money.ts';
import { AlikeRefusals } from './alike-refusals.ts';
import type { RejectionReason } from './candidate.ts';
import { refusePrice } from './limits.ts';
import { type Pair, pairName } from './pair.ts';
import { placeText } from './place-text.ts';
import type { Refusal } from './placement.ts';
import type { RejectionLog } from './rejections.ts';
import { groupAlike, type LikeSites, type Site } from './site.ts';
import { tell } from './tell.ts';
import { type TrainingFit, TrainingFits, type TrainingWork } from './training-fit.ts';
import {
  endpointCost,
  type Means,
  refuseSeconds,
  refuseSite,
  refuseTokens,
  refuseUse,
  TrainingOption,
} from './training-option.ts';

/** The ways to train one pair. */
export interface Trainings {
  /** Of sites alike the cheapest only, as nothing about the others is better. */
  readonly options: readonly TrainingOption[];
  /** All that are within the limits. */
  readonly feasible: number;
}

export interface TrainingWalk extends Means {
  readonly sites: readonly Site[];
  readonly work: TrainingWork;
  readonly log: RejectionLog;
  /** How often each reason was given. */
  readonly tally: Map<RejectionReason, number>;
}

/** Holds every pair against every site. What is the same for all pairs, or for all sites alike, is looked at once. */
export function trainEverywhere(pairs: readonly Pair[], walk: TrainingWalk): readonly Trainings[] {
  const usable = walk.sites.filter((site) => !isRefused(site, pairs.length, walk));
  // A log that keeps everything is for people who want to see every site by itself.
  const alike = walk.log.keepsAll ? usable.map((site): LikeSites => [site]) : groupAlike(usable);
  const fits = new TrainingFits(
    alike.map(([cheapest]) => cheapest),
    walk.work,
  );
  const refusals = new AlikeRefusals(walk.log);
  const found = pairs.map((pair) => trainingsOf(pair, { alike, fits: fits.of(pair), refusals, walk }));
  refusals.flush();
  return found;
}

/** What rules a site out for every pair is told once. */
function isRefused(site: Site, pairs: number, { limits, log, tally }: TrainingWalk): boolean {
  const refusal = refuseSite(site) ?? refusePrice(site.pool, limits, limits.budget !== undefined);
  if (!refusal) return false;
  const { reason, message } = refusal;
  count(tally, reason, pairs);
  const describe = () => ({
    trainingPool: site.pool.name,
    trainingGpus: site.gpus,
    message: `training on ${placeText(site.pool, site.gpus)}: ${message}`,
  });
  log.add(reason, { stage: 'Training', place: site.pool.name }, describe, pairs);
  return true;
}

interface PairWalk {
  readonly alike: readonly LikeSites[];
  /** One for each of them. */
  readonly fits: readonly TrainingFit[];
  readonly refusals: AlikeRefusals;
  readonly walk: TrainingWalk;
}

function trainingsOf(pair: Pair, { alike, fits, refusals, walk }: PairWalk): Trainings {
  const { limits, allowances, tally } = walk;
  const tokens = endpointCost(pair, walk.work);
  const options: TrainingOption[] = [];
  let feasible = 0;
  alike.forEach((sites, i) => {
    const verdict = judge(pair, { sites, fit: fits[i], tokens, limits, allowances });
    if ('refusal' in verdict) {
      count(tally, verdict.refusal.reason, sites.length);
      refusals.add(sites, verdict.refusal.reason, (site) => described(pair, site, verdict.refusal));
      return;
    }
    options.push(verdict.option);
    feasible += countAffordable(sites, verdict.option, { tokens, limits, allowances });
    if (sites.length > 1) refusals.addDearer(sites, (site) => dearer(pair, site, { option: verdict.option, tokens }));
  });
  return { options, feasible };
}

interface Judged extends Means {
  readonly sites: LikeSites;
  readonly fit: TrainingFit | undefined;
  /** What the teacher's tokens cost. */
  readonly tokens: Money | null;
}

type Verdict = { readonly option: TrainingOption } | { readonly refusal: Refusal };

/** Of sites alike the cheapest is judged: what it breaks, all of them break. */
function judge(pair: Pair, { sites: [cheapest], fit, tokens, ...means }: Judged): Verdict {
  if (!fit || 'refusal' in fit)
    return { refusal: fit?.refusal ?? { reason: 'ModelFactsMissing', message: 'nothing is predicted' } };
  const refusal = refuseSeconds(fit.seconds, means.limits) ?? refuseTokens(pair, tokens, means.limits);
  if (refusal) return { refusal };
  const option = new TrainingOption(cheapest, fit.seconds, tokens);
  const dear = refuseUse(option, means);
  return dear ? { refusal: dear } : { option };
}

/** The sites are in order of price. */
function countAffordable(
  sites: LikeSites,
  { seconds }: TrainingOption,
  { tokens, ...means }: Pick<Judged, 'tokens' | 'limits' | 'allowances'>,
): number {
  if (means.limits.budget === undefined && means.allowances.length === 0) return sites.length;
  const dear = sites.findIndex((site) => refuseUse(new TrainingOption(site, seconds, tokens), means) !== null);
  return dear === -1 ? sites.length : dear;
}

function described(pair: Pair, { pool, gpus }: Site, { message }: Refusal) {
  return {
    ...pairName(pair),
    trainingPool: pool.name,
    trainingGpus: gpus,
    message: `training ${pair.student.option.name} on ${placeText(pool, gpus)}: ${message}`,
  };
}

function dearer(pair: Pair, site: Site, { option, tokens }: { option: TrainingOption; tokens: Money | null }) {
  const { pool, gpus } = site;
  const [ours, theirs] = [option.amount, new TrainingOption(site, option.seconds, tokens).amount];
  const told = tell([
    { of: 'accuracy', ours: 0, theirs: 0, same: true },
    { of: 'trainingTime', ours: 0, theirs: 0, same: true },
    { of: 'cost', ours, theirs, same: ours === theirs },
  ]);
  return {
    ...pairName(pair),
    trainingPool: pool.name,
    trainingGpus: gpus,
    message: `training on ${placeText(option.pool, option.gpus)} instead of ${placeText(pool, gpus)} is ${told}`,
  };
}

function count(tally: Map<RejectionReason, number>, reason: RejectionReason, times: number): void {
  tally.set(reason, (tally.get(reason) ?? 0) + times);
}
