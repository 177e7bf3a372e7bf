import { parseMoney } from '../money.ts';
import type { ModelFacts } from './model-facts.ts';
import type { Refusal } from './placement.ts';
import type { Pool, PoolNode } from './pool.ts';
import type { PlanInputs, ServingTargets } from './request.ts';

/** Past these nothing physical is meant, and products leave the range of floats. */
const MOST = 1e15;
const LEAST = 1e-6;
/** An exabyte. */
const MOST_BYTES = 1e18;

interface Kind {
  readonly isSane: (value: number) => boolean;
  readonly must: string;
}

const ABOVE_ZERO: Kind = { isSane: (value) => value >= LEAST && value <= MOST, must: 'a number above 0' };
const FROM_ONE: Kind = { isSane: (value) => value >= 1 && value <= MOST, must: 'a number from 1 up' };
const FROM_ZERO: Kind = { isSane: (value) => value >= 0 && value <= MOST, must: 'a number from 0 up' };
const RATIO: Kind = { isSane: (value) => value >= 0 && value <= 1, must: 'a number between 0 and 1' };

/** Where a number stands below `spec`, what it must be, and how it is found. */
type Rule = readonly [field: string, kind: Kind, of: (inputs: PlanInputs) => number | undefined];

const RULES: readonly Rule[] = [
  ['constraints.minAccuracy', RATIO, ({ request }) => request.constraints.minAccuracy],
  ['constraints.maxTrainingSeconds', ABOVE_ZERO, ({ request }) => request.constraints.maxTrainingSeconds],
  servingRule('maxTimeToFirstTokenMilliseconds', ABOVE_ZERO),
  servingRule('maxInterTokenLatencyMilliseconds', ABOVE_ZERO),
  servingRule('requestsPerSecond', ABOVE_ZERO),
  servingRule('inputTokens', FROM_ONE),
  servingRule('outputTokens', FROM_ONE),
  ['strategy.alignmentThreshold', RATIO, ({ request }) => request.strategy.alignmentThreshold],
  ['strategy.samplesPerPrompt', FROM_ONE, ({ request }) => request.strategy.samplesPerPrompt],
  ['training.batchSize', FROM_ONE, ({ request }) => request.training.batchSize],
  ['training.maxSequenceLength', FROM_ONE, ({ request }) => request.training.maxSequenceLength],
  ['training.epochs', FROM_ONE, ({ request }) => request.training.epochs],
  ['training.maxSteps', FROM_ZERO, ({ request }) => request.training.maxSteps],
  ['training.checkpointPeriodSeconds', FROM_ZERO, ({ request }) => request.training.checkpointSeconds],
  ['synthesis.maxRows', FROM_ZERO, ({ request }) => request.training.maxRows],
  ['the profile: trainExamples', FROM_ONE, ({ profile }) => profile.trainExamples],
  ['the profile: meanPromptTokens', FROM_ZERO, ({ profile }) => profile.meanPromptTokens],
  ['the profile: meanCompletionTokens', FROM_ZERO, ({ profile }) => profile.meanCompletionTokens],
];

type ServingNumber = Exclude<keyof ServingTargets, 'maxHourlyCost' | 'maxCostPerMillionTokens'>;

function servingRule(field: ServingNumber, kind: Kind): Rule {
  return [`constraints.serving.${field}`, kind, ({ request }) => request.constraints.serving?.[field]];
}

/** The first number of a request that makes no sense, as a sentence with its field; null when all do. */
export function refuseRequest(inputs: PlanInputs): string | null {
  for (const [field, { isSane, must }, of] of RULES) {
    const value = of(inputs);
    if (value !== undefined && !isSane(value)) return `${field} is ${value}; it must be ${must}`;
  }
  return refuseAmounts(inputs.request.constraints);
}

function refuseAmounts({ budget, serving = {} }: PlanInputs['request']['constraints']): string | null {
  const amounts = {
    'constraints.budget.amount': budget?.amount,
    'constraints.serving.maxHourlyCost': serving.maxHourlyCost,
    'constraints.serving.maxCostPerMillionTokens': serving.maxCostPerMillionTokens,
  };
  for (const [field, text] of Object.entries(amounts)) {
    if (text === undefined) continue;
    const amount = parseMoney(text);
    if (amount === null || amount < 0n) return `${field} is "${text}"; it must be an amount such as "12.50"`;
  }
  return null;
}

const SIZES = [
  'parameters',
  'layers',
  'hiddenSize',
  'heads',
  'kvHeads',
  'headSize',
  'intermediateSize',
  'vocabularySize',
  'bytesPerParameter',
] as const satisfies readonly (keyof ModelFacts)[];

/** Whether nothing in the facts would make a prediction meaningless. */
export function areSaneFacts(facts: ModelFacts): boolean {
  return SIZES.every((size) => ABOVE_ZERO.isSane(facts[size])) && FROM_ZERO.isSane(facts.maxPositions);
}

/** Why a pool's own figures cannot be planned with; null when they can. */
export function refuseFigures({ gpu, nodes }: Pool): Refusal | null {
  const odd = nodes.find((node) => !isSaneNode(node));
  if (odd) return { reason: 'PoolNotReady', message: `node ${odd.name} reports amounts that make no sense` };
  if (!gpu) return null;
  const { facts, memoryGib, perNode } = gpu;
  const figures = [
    perNode,
    memoryGib ?? 1,
    ...(facts ? [facts.memoryGib, facts.memoryBandwidthGBps, facts.halfTflops, facts.interconnectGBps] : []),
    facts?.fp8Tflops ?? 1,
  ];
  if (figures.every(ABOVE_ZERO.isSane) && Number.isInteger(perNode)) return null;
  return { reason: 'GpuUnknown', message: `what is known about GPU product "${gpu.product}" makes no sense` };
}

/** What pods hold may be more than a node has: less than nothing is then free. */
function isSaneNode(node: PoolNode): boolean {
  const { freeGpus, totalGpus, freeCpuMillis, totalCpuMillis, freeMemoryBytes, totalMemoryBytes } = node;
  const amounts = [freeGpus, totalGpus, totalCpuMillis, totalMemoryBytes];
  return (
    amounts.every((amount) => amount >= 0 && amount <= MOST_BYTES) &&
    [freeCpuMillis, freeMemoryBytes].every((amount) => amount <= MOST_BYTES)
  );
}
