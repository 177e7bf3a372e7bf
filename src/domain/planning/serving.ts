import { TTFT_BAND } from './constants.ts';
import { type Device, stagesOf, tensorParallel } from './device.ts';
import { servedBytesPerParameter } from './memory.ts';
import type { ModelFacts } from './model-facts.ts';
import {
  attendedTokens,
  computeParameters,
  headParameters,
  kvBytes,
  kvSplit,
  touchedParameters,
} from './parameters.ts';

/** A model as one engine runs it. */
export interface Served {
  readonly model: ModelFacts;
  readonly device: Device;
  /** 2 for bf16, 1 for fp8, 0.5 for 4 bits; by default what the checkpoint is loaded as. */
  readonly bytesPerParameter?: number;
}

export interface Load {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Requests in flight. */
  readonly concurrency: number;
}

/**
 * Seconds to read the prompts of `batch` requests: the slower of arithmetic (every parameter twice per token, the head once
 * per request, causal attention 2·L·n_q·d·S² per request) and reading the weights, plus collectives and one engine step. The
 * stages of a pipeline work on one prompt after the other: they add a hop each, and save nothing of the time of one prompt.
 */
function prefillSeconds(served: Served, inputTokens: number, batch: number): number {
  const { model, device } = served;
  const head = headParameters(model);
  const products = 2 * (computeParameters(model) - head) * batch * inputTokens + 2 * head * batch;
  const attention = 2 * attendedTokens(model, inputTokens) * model.heads * model.headSize * inputTokens * batch;
  const arithmetic = (products + attention) / (tensorParallel(device) * device.flops * device.engine.prefillMfu);
  const reading = (weightBytes(served) * touchedParameters(model, batch * inputTokens)) / streamingRate(device);
  return (
    Math.max(arithmetic, reading) +
    collectiveSeconds(model, device, batch * inputTokens) +
    hostSeconds(model, device, batch)
  );
}

/**
 * Seconds for one token of each of `batch` requests with `context` tokens behind them: the slower of reading weights and
 * key-value cache, and arithmetic; plus collectives and one engine step. In a pipeline every stage has its share of the
 * requests in hand at any time, so that one token waits for a batch that much smaller in each, and for the hops between.
 */
function decodeSeconds(served: Served, context: number, requests: number): number {
  const { model, device } = served;
  const batch = Math.max(1, requests / stagesOf(device));
  const cache = kvBytes(model, context) / kvSplit(model, tensorParallel(device));
  const weights = (weightBytes(served) * touchedParameters(model, batch)) / tensorParallel(device);
  const reading = (weights + batch * cache) / (device.bandwidth * device.engine.bandwidthEfficiency);
  const attention = 4 * attendedTokens(model, context) * model.heads * model.headSize * batch;
  const arithmetic =
    (2 * batch * computeParameters(model) + attention) /
    (tensorParallel(device) * device.flops * device.engine.decodeMfu);
  return Math.max(reading, arithmetic) + collectiveSeconds(model, device, batch) + hostSeconds(model, device, requests);
}

/** What the engine does around the arithmetic of one step; it schedules every stage. */
function hostSeconds(model: ModelFacts, device: Device, batch: number): number {
  const { engine } = device;
  return stagesOf(device) * engine.stepSeconds + engine.layerSeconds * model.layers + engine.sequenceSeconds * batch;
}

/**
 * Two all-reduces a layer, as rings: a latency each, and 2(n−1)/n of the activations over the link. From stage to stage the
 * activations go once.
 */
function collectiveSeconds(model: ModelFacts, device: Device, tokens: number): number {
  const { engine, link } = device;
  const tensor = tensorParallel(device);
  const moved = (tokens * model.hiddenSize * 2) / (link * engine.linkEfficiency);
  const hops = (stagesOf(device) - 1) * (engine.allReduceSeconds + moved);
  if (tensor === 1) return hops;
  const ring = ((2 * (tensor - 1)) / tensor) * moved;
  return 2 * model.layers * (engine.allReduceSeconds + ring) + hops;
}

export interface ServingEstimate {
  readonly timeToFirstTokenSeconds: number;
  readonly timeToFirstTokenLowSeconds: number;
  readonly timeToFirstTokenHighSeconds: number;
  readonly interTokenSeconds: number;
  /** Of one whole request. */
  readonly requestSeconds: number;
  readonly outputTokensPerSecond: number;
  readonly requestsPerSecond: number;
}

/**
 * A server that always has `concurrency` requests in flight. Between two tokens of a request lie one decode step and its
 * share of the prefills of the others. The first token waits for its own prefill, for the host to launch it, for part of
 * the burst it came with, for one step, and for the prefill in progress (M/D/1 at utilisation rho). The prefills of others keep
 * one stage of a pipeline busy at a time. Both times are multiplied by the device's correction, where measurements gave one.
 */
export function servingEstimate(served: Served, load: Load): ServingEstimate {
  const { inputTokens, outputTokens, concurrency: b } = load;
  const prefill = prefillSeconds(served, inputTokens, 1);
  const decode = decodeSeconds(served, inputTokens + outputTokens / 2, b);
  const others = prefill / stagesOf(served.device);
  const { firstToken = 1, interToken = 1 } = served.device.correction ?? {};
  const interTokenSeconds = interToken * (decode + ((b - 1) * others) / outputTokens);
  const rho = (b * others) / (outputTokens * decode + b * others);
  const dispatch = served.device.engine.prefillDispatchSeconds * served.model.layers;
  const burst = 0.1 * ((b - 1) / 2) * others;
  // Of b requests that come by chance no more than about sqrt(b/2) come together. Without it the wait for short answers would
  // grow without bound, and faster decoding would make a whole request slower.
  const queued = Math.min(rho / (2 * (1 - rho)), Math.sqrt(b / 2));
  const first = firstToken * (prefill + dispatch + burst + decode + queued * others);
  const requestSeconds = first + interTokenSeconds * (outputTokens - 1);
  return {
    timeToFirstTokenSeconds: first,
    timeToFirstTokenLowSeconds: first * (1 - TTFT_BAND),
    timeToFirstTokenHighSeconds: first * (1 + TTFT_BAND),
    interTokenSeconds,
    requestSeconds,
    outputTokensPerSecond: (b * outputTokens) / requestSeconds,
    requestsPerSecond: b / requestSeconds,
  };
}

/** Seconds for `batch` requests that start together and end together; what does not fit at once runs in waves. */
export function offlineBatchSeconds(served: Served, load: Load, maxConcurrency: number): number {
  const { inputTokens, outputTokens, concurrency } = load;
  const b = Math.min(concurrency, Math.max(1, maxConcurrency));
  const wave =
    prefillSeconds(served, inputTokens, b) + outputTokens * decodeSeconds(served, inputTokens + outputTokens / 2, b);
  return (wave * concurrency) / b;
}

/**
 * The least time physics allows for the same batch: weights read once a step at the full nominal bandwidth, arithmetic at
 * the full nominal rate, no overhead. A measurement below it measured something else.
 */
export function lowerBoundSeconds(served: Served, load: Load): number {
  const ideal = {
    ...served.device.engine,
    bandwidthEfficiency: 1,
    prefillMfu: 1,
    decodeMfu: 1,
    stepSeconds: 0,
    layerSeconds: 0,
    sequenceSeconds: 0,
    allReduceSeconds: 0,
    linkEfficiency: 1,
  };
  const device = { ...served.device, engine: ideal };
  return offlineBatchSeconds({ ...served, device }, load, load.concurrency);
}

function weightBytes(served: Served): number {
  return served.bytesPerParameter ?? servedBytesPerParameter(served.model);
}

function streamingRate(device: Device): number {
  return tensorParallel(device) * device.bandwidth * device.engine.bandwidthEfficiency;
}
