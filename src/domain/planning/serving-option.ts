import { type Money, scaleMoney, timesRatio } from '../money.ts';
import { GIB, MIN_CPU_MILLIS, NOMINAL_CONCURRENCY } from './constants.ts';
import { availabilityOf, interruptionsOf } from './interruption.ts';
import { isOver, type Limits, moneyText, refusePrice } from './limits.ts';
import { servingMemory } from './memory.ts';
import type { ModelFacts } from './model-facts.ts';
import type { Refusal } from './placement.ts';
import { freeSlots, nodeShare, podShape, type Pool } from './pool.ts';
import { type Quantization, quantized, refuseQuantization } from './quantization.ts';
import { type Served, type ServingEstimate, servingEstimate } from './serving.ts';
import type { ServingSite } from './serving-site.ts';

/** Where a student could be served, and how it would do there. */
export interface ServingOption {
  readonly pool: Pool;
  /** Per replica; 0 on a pool without GPUs. */
  readonly gpus: number;
  /** Stages over which the layers are spread; the GPUs of a stage share every layer. */
  readonly pipeline: number;
  readonly replicas: number;
  readonly quantization: Quantization;
  /** At the asked rate, or at the nominal concurrency when no rate is asked. */
  readonly atLoad: ServingEstimate;
  /** One replica with as many requests in flight as memory and the latency limits allow. */
  readonly atBest: ServingEstimate;
  /** One request alone: no load makes it faster. */
  readonly alone: ServingEstimate;
  /** All replicas. */
  readonly hourly: Money | null;
  readonly perMillionTokens: Money | null;
}

export interface ServingNeed {
  readonly model: ModelFacts;
  readonly quantization: Quantization;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly limits: Limits;
  /** What was predicted already, by the likeness of sites. */
  readonly known: Map<string, Prediction>;
}

/** What holds of the model on one kind of hardware, whatever it costs there. */
type Prediction = { readonly ladder: readonly Rung[] } | { readonly refusal: Refusal };

export type ServingVerdict = { readonly option: ServingOption } | { readonly refusal: Refusal };

/** Predicts one way to serve, or says which limit it breaks. */
export function serveOn(site: ServingSite, need: ServingNeed): ServingVerdict {
  const { limits } = need;
  const refusal =
    refuseHardware(site, need) ??
    refuseQuantization(need.quantization, site.pool) ??
    refusePrice(site.pool, limits, isServingPriceLimited(limits));
  if (refusal) return { refusal };
  const prediction = need.known.get(site.likeness) ?? predict(site, need);
  need.known.set(site.likeness, prediction);
  return 'refusal' in prediction ? prediction : sized(site, { need, ladder: prediction.ladder });
}

function predict({ pool, device }: ServingSite, need: ServingNeed): Prediction {
  const served = quantized(need.model, device, pool, need.quantization);
  const memory = servingMemory(served, need.inputTokens + need.outputTokens);
  if (memory.maxConcurrency >= 1) return { ladder: concurrencyLadder(served, need, memory.maxConcurrency) };
  const sizes = `${gib(memory.neededBytes)} on each device, and the engine may use ${gib(memory.usableBytes)}`;
  return { refusal: { reason: 'MemoryTooSmall', message: `weights, buffers and one request need ${sizes}` } };
}

interface Sizing {
  readonly need: ServingNeed;
  readonly ladder: readonly Rung[];
}

interface Rung {
  readonly concurrency: number;
  readonly estimate: ServingEstimate;
}

/** Picks the number of replicas and the point they run at. */
function sized(site: ServingSite, { need, ladder }: Sizing): ServingVerdict {
  const { limits } = need;
  const { pool, gpus, pipeline, slots } = site;
  const [alone] = ladder;
  const allowed = ladder.filter(({ estimate }) => refuseLatency(estimate, limits) === null);
  const best = allowed.at(-1);
  if (!alone) return { refusal: { reason: 'MemoryTooSmall', message: 'no request fits' } };
  const slow = refuseLatency(alone.estimate, limits);
  if (!best || slow) return { refusal: slow ?? { reason: 'LatencyExceeded', message: 'no load is fast enough' } };
  const rate = limits.requestsPerSecond;
  const steady = best.estimate.outputTokensPerSecond * availabilityOf(interruptionsOf(pool));
  const replicas = rate === undefined ? 1 : Math.max(1, Math.ceil((rate * need.outputTokens) / steady));
  if (replicas > slots) return { refusal: tooFew({ replicas, slots, rate, gpus }) };
  const atLoad = operatingPoint(allowed, rate === undefined ? null : (rate * need.outputTokens) / replicas) ?? best;
  return priced(site, limits, {
    pool,
    gpus,
    pipeline,
    replicas,
    quantization: need.quantization,
    atLoad: atLoad.estimate,
    atBest: best.estimate,
    alone: alone.estimate,
  });
}

function tooFew(x: { replicas: number; slots: number; rate: number | undefined; gpus: number }): Refusal {
  const size = x.gpus > 0 ? gpuText(x.gpus) : 'a share of a node';
  if (x.rate === undefined)
    return { reason: x.gpus > 0 ? 'NotEnoughFreeGpus' : 'NotEnoughFreeCpu', message: `no ready node has ${size} free` };
  return {
    reason: 'ThroughputTooLow',
    message: `${x.rate} requests a second need ${x.replicas} replicas of ${size}, and ${x.slots} fit`,
  };
}

/** The least load that keeps up with the rate; without a rate, the nominal one. */
function operatingPoint(allowed: readonly Rung[], tokensPerSecond: number | null): Rung | undefined {
  if (tokensPerSecond === null) return allowed.findLast(({ concurrency }) => concurrency <= NOMINAL_CONCURRENCY);
  return allowed.find(({ estimate }) => estimate.outputTokensPerSecond >= tokensPerSecond);
}

function priced(
  { pool, perNode }: ServingSite,
  limits: Limits,
  option: Omit<ServingOption, 'hourly' | 'perMillionTokens'>,
): ServingVerdict {
  const hourly = perNode === null ? null : scaleShare(perNode, pool, option.gpus * option.replicas, option.replicas);
  const tokensPerHour = 3600 * option.atBest.outputTokensPerSecond * option.replicas;
  const perMillionTokens = hourly === null ? null : timesRatio(hourly, 1e6 / tokensPerHour);
  if (isOver(hourly, limits.hourlyCost)) {
    return { refusal: over('HourlyCostExceeded', hourly, { limit: limits.hourlyCost, limits, unit: 'an hour' }) };
  }
  if (isOver(perMillionTokens, limits.costPerMillionTokens)) {
    return {
      refusal: over('CostPerTokenExceeded', perMillionTokens, {
        limit: limits.costPerMillionTokens,
        limits,
        unit: 'a million tokens',
      }),
    };
  }
  return { option: { ...option, hourly, perMillionTokens } };
}

/** What part of the nodes is paid: GPUs of a node by count, pods without GPUs by their share. */
export function scaleShare(perNode: Money, pool: Pool, gpus: number, pods: number): Money {
  if (pool.gpu && gpus > 0) return scaleMoney(perNode, BigInt(gpus), BigInt(pool.gpu.perNode));
  return timesRatio(perNode, nodeShare(pool, 0) * pods);
}

function over(
  reason: Refusal['reason'],
  value: Money,
  x: { limit: Money | undefined; limits: Limits; unit: string },
): Refusal {
  const limit = x.limit === undefined ? 'none' : moneyText(x.limit, x.limits.currency);
  return { reason, message: `it costs ${moneyText(value, x.limits.currency)} ${x.unit}; the limit is ${limit}` };
}

function isServingPriceLimited(limits: Limits): boolean {
  return limits.hourlyCost !== undefined || limits.costPerMillionTokens !== undefined;
}

/** Compares the pessimistic edge of the band: the prediction is the weak half of the model. */
function refuseLatency(estimate: ServingEstimate, limits: Limits): Refusal | null {
  const first = estimate.timeToFirstTokenHighSeconds * 1000;
  const inter = estimate.interTokenSeconds * 1000;
  if (limits.firstTokenMilliseconds !== undefined && first > limits.firstTokenMilliseconds) {
    return {
      reason: 'LatencyExceeded',
      message: `time to first token may reach ${first.toFixed(0)} ms; the limit is ${limits.firstTokenMilliseconds} ms`,
    };
  }
  if (limits.interTokenMilliseconds !== undefined && inter > limits.interTokenMilliseconds) {
    return {
      reason: 'LatencyExceeded',
      message: `inter-token latency is ${inter.toFixed(1)} ms; the limit is ${limits.interTokenMilliseconds} ms`,
    };
  }
  return null;
}

/** Powers of two up to what memory holds, and that itself. */
function concurrencyLadder(served: Served, need: ServingNeed, most: number): readonly Rung[] {
  const steps: number[] = [];
  for (let b = 1; b < most; b *= 2) steps.push(b);
  steps.push(most);
  const { inputTokens, outputTokens } = need;
  return steps.map((concurrency) => ({
    concurrency,
    estimate: servingEstimate(served, { inputTokens, outputTokens, concurrency }),
  }));
}

function refuseHardware(site: ServingSite, { model, inputTokens, outputTokens }: ServingNeed): Refusal | null {
  const { pool, gpus, slots } = site;
  const tokens = inputTokens + outputTokens;
  if (model.maxPositions > 0 && tokens > model.maxPositions) {
    return {
      reason: 'ContextTooShort',
      message: `requests of ${tokens} tokens exceed the model's ${model.maxPositions}`,
    };
  }
  if (gpus === 0) return refuseCpu(pool);
  const capability = pool.gpu?.facts?.computeCapability ?? null;
  if (capability !== null && capability < 7.5) {
    return {
      reason: 'CapabilityTooOld',
      message: `compute capability ${capability} is below 7.5, the least that vLLM runs on`,
    };
  }
  return slots > 0 ? null : { reason: 'NotEnoughFreeGpus', message: `no ready node has ${gpuText(gpus)} free` };
}

export function refuseCpu(pool: Pool): Refusal | null {
  const { cpuMillis } = podShape(pool, 0);
  if (cpuMillis < MIN_CPU_MILLIS)
    return { reason: 'NotEnoughFreeCpu', message: `half of its smallest node is ${cpuMillis} millicores` };
  return freeSlots(pool, 0) > 0
    ? null
    : { reason: 'NotEnoughFreeCpu', message: 'no ready node has half of its CPU and memory free' };
}

export function gpuText(gpus: number): string {
  return gpus === 1 ? '1 GPU' : `${gpus} GPUs`;
}

export function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
