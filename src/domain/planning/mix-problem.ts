import { compareText } from '../text.ts';
import type { CalibrationFactor } from './calibration.ts';
import { splitText } from './place-text.ts';
import type { Limits } from './limits.ts';
import type { ModelFacts } from './model-facts.ts';
import { refusePool } from './placement.ts';
import { freeSlots, type Pool } from './pool.ts';
import type { Quantization } from './quantization.ts';
import type { Placement } from './request.ts';
import type { MixOption, MixProblem } from './serving-mix.ts';
import { serveOn, type ServingOption } from './serving-option.ts';
import { type ServingSite, servingSites, suits } from './serving-site.ts';

/** Requests of one size. */
export interface LoadSize {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly requestsPerSecond: number;
}

export interface MixNeed {
  readonly model: ModelFacts;
  readonly quantization: Quantization;
  readonly placement: Placement;
  /** Latency targets and the currency; a rate in them is ignored, as every size has its own. */
  readonly limits: Limits;
  readonly slices: number;
  /** Of the server's image. */
  readonly calibration?: readonly CalibrationFactor[];
}

/** What each pool could do for each size of a load, by the same estimators that plan a single size. */
export function mixProblem(pools: readonly Pool[], sizes: readonly LoadSize[], need: MixNeed): MixProblem {
  const usable = [...pools]
    .sort((a, b) => compareText(a.name, b.name))
    .filter((pool) => refusePool(pool, need.placement) === null);
  return {
    rates: sizes.map(({ requestsPerSecond }) => requestsPerSecond),
    slices: need.slices,
    options: usable.flatMap((pool) => optionsOf(pool, sizes, need)),
    shared: new Map(usable.filter(({ gpu }) => gpu !== null).map((pool) => [pool.name, freeSlots(pool, 1)])),
  };
}

function optionsOf(pool: Pool, sizes: readonly LoadSize[], need: MixNeed): readonly MixOption[] {
  return servingSites(pool, { currency: need.limits.currency, calibration: need.calibration })
    .filter((site) => suits(need.model, site))
    .flatMap((site) => {
      const { gpus } = site;
      const served = sizes.map((size) => servingOf(site, { size, need }));
      // An unknown price cannot be minimised: such a pool is left out, not taken for free.
      const hourly = served.find((option) => option !== null)?.hourly ?? null;
      if (hourly === null) return [];
      return [
        {
          name: splitText(site),
          hourly,
          most: site.slots,
          throughput: served.map((option) => option?.atBest.requestsPerSecond ?? 0),
          ...(gpus > 0 ? { takes: { of: pool.name, amount: gpus } } : {}),
        },
      ];
    });
}

function servingOf(site: ServingSite, { size, need }: { size: LoadSize; need: MixNeed }): ServingOption | null {
  const { model, quantization, limits } = need;
  const { inputTokens, outputTokens } = size;
  const verdict = serveOn(site, {
    model,
    quantization,
    inputTokens,
    outputTokens,
    limits: { ...limits, requestsPerSecond: undefined },
    known: new Map(),
  });
  return 'option' in verdict ? verdict.option : null;
}
