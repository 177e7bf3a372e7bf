import { addMoney, costOfSeconds, costOfTokens, type Money, parseMoney, ZERO_MONEY } from '../money.ts';
import { forbidUse } from './allowance.ts';
import type { Device } from './device.ts';
import { interruptionsOf, stretchOf } from './interruption.ts';
import { largestSplit } from './gpu-counts.ts';
import { isOver, type Limits, moneyText, refusePrice } from './limits.ts';
import { servingMemory, trainingMemory } from './memory.ts';
import type { ModelFacts } from './model-facts.ts';
import { type Pair, teacherGenerates } from './pair.ts';
import type { Refusal } from './placement.ts';
import type { Pool } from './pool.ts';
import { gib, gpuText, refuseCpu, servingDevice } from './serving-option.ts';
import type { Allowance } from './request.ts';
import type { Site } from './site.ts';
import { endpointGenerationSeconds, generationSeconds, trainingSeconds, type Workload } from './training.ts';

/** Where a pair could be trained, how long that takes and what it costs, with the teacher's work. */
export interface TrainingOption {
  readonly pool: Pool;
  /** Per node; 0 on a pool without GPUs. */
  readonly gpus: number;
  readonly nodes: number;
  readonly seconds: number;
  readonly cost: Money | null;
}

export interface TrainingNeed {
  readonly pair: Pair;
  readonly workload: Workload;
  readonly sequenceLength: number;
  readonly rationale: boolean;
  /** How often the run saves itself; the best period when undefined. */
  readonly checkpointSeconds: number | undefined;
  readonly limits: Limits;
  readonly allowances: readonly Allowance[] | undefined;
}

export type TrainingVerdict = { readonly option: TrainingOption } | { readonly refusal: Refusal };

/** Predicts one way to train, or says which limit it breaks. */
export function trainOn(site: Site, need: TrainingNeed): TrainingVerdict {
  const { limits } = need;
  const refusal =
    refuseSite(site, need) ?? refuseMemory(site, need) ?? refusePrice(site.pool, limits, limits.budget !== undefined);
  if (refusal) return { refusal };
  const seconds = elapsedSeconds(site, need);
  const cost = totalCost(site, need, seconds);
  const { pool, gpus, nodes } = site;
  const use = { gpus: gpus * nodes, gpuResource: pool.gpu?.resource, seconds, cost, currency: limits.currency };
  const broken = refuseSeconds(seconds, limits) ?? refuseCost(cost, need) ?? forbidUse(use, need.allowances);
  return broken ? { refusal: broken } : { option: { pool, gpus, nodes, seconds, cost } };
}

function refuseSite({ pool, gpus, nodes, slots }: Site, { pair }: TrainingNeed): Refusal | null {
  if (pool.gpu?.sharing === 'Mig')
    return {
      reason: 'MigNotTrainable',
      message: `${pool.gpu.resource} is a slice of a GPU: served on, never trained on`,
    };
  if (gpus === 0)
    return pair.method === 'QLoRA'
      ? { reason: 'MethodNotApplicable', message: 'QLoRA needs a GPU for its 4-bit products' }
      : refuseCpu(pool);
  if (slots < nodes) {
    const needed = nodes === 1 ? `${gpuText(gpus)} of one node` : `${gpuText(gpus)} of each of ${nodes} nodes`;
    return { reason: 'NotEnoughFreeGpus', message: `training needs ${needed} free; ${slots} such are` };
  }
  return refuseCapability(pool, pair);
}

/** PyTorch's current wheels start at Volta; 4-bit products need Turing. */
function refuseCapability(pool: Pool, { method }: Pair): Refusal | null {
  const capability = pool.gpu?.facts?.computeCapability ?? null;
  if (capability === null)
    return method === 'QLoRA' ? { reason: 'MethodNotApplicable', message: 'QLoRA needs an NVIDIA GPU' } : null;
  const least = method === 'QLoRA' ? 7.5 : 7;
  if (capability >= least) return null;
  return { reason: 'CapabilityTooOld', message: `compute capability ${capability} is below ${least}` };
}

function refuseMemory(site: Site, need: TrainingNeed): Refusal | null {
  const { pair } = need;
  const { device } = site;
  const student = trainingMemory({
    student: pair.student.facts,
    teacher: residentTeacher(pair),
    method: pair.method,
    loss: pair.loss,
    sequenceLength: need.sequenceLength,
    microBatch: 1,
    devices: device.count * site.nodes,
  });
  if (student > device.memoryBytes)
    return tooSmall(`training ${pair.student.option.name} by ${pair.method}`, student, device);
  const teacher = generatingTeacher(need);
  if (!teacher) return null;
  const tokens = need.workload.promptTokens + need.workload.completionTokens;
  const memory = servingMemory({ model: teacher, device: teacherDevice(site, teacher) }, tokens);
  return memory.maxConcurrency >= 1
    ? null
    : tooSmall(`teacher ${pair.teacher.option.name}`, memory.neededBytes, device);
}

function tooSmall(what: string, bytes: number, device: Device): Refusal {
  return {
    reason: 'MemoryTooSmall',
    message: `${what} needs ${gib(bytes)} on each of ${device.count}, and each has ${gib(device.memoryBytes)}`,
  };
}

/** Nodes first, then the teacher's answers, then the training; interruptions stretch the latter two. */
function elapsedSeconds(site: Site, need: TrainingNeed): number {
  const { pair, workload } = need;
  const device = { ...site.device, count: site.device.count * site.nodes };
  const training = trainingSeconds({
    student: pair.student.facts,
    teacher: residentTeacher(pair),
    method: pair.method,
    loss: pair.loss,
    workload,
    device,
    nodes: site.nodes,
  });
  const stretch = stretchOf(interruptionsOf(site.pool), need.checkpointSeconds);
  return site.startSeconds + (synthesisSeconds(site, need) + training) * stretch;
}

/** Every node generates its own share of the rows. */
function synthesisSeconds(site: Site, need: TrainingNeed): number {
  if (!teacherGenerates(need.pair, need.rationale)) return 0;
  const teacher = generatingTeacher(need);
  if (!teacher) return endpointGenerationSeconds(need.workload);
  const share = { ...need.workload, rows: Math.ceil(need.workload.rows / site.nodes) };
  return generationSeconds(teacher, share, teacherDevice(site, teacher));
}

function totalCost(site: Site, need: TrainingNeed, seconds: number): Money | null {
  const tokens = endpointCost(need);
  if (site.hourly === null || tokens === null) return null;
  return addMoney(costOfSeconds(site.hourly, seconds), tokens);
}

/** What an API teacher's tokens cost; nothing for one that runs in the cluster. Null when its prices are not given. */
function endpointCost({ pair, workload, rationale }: TrainingNeed): Money | null {
  const { endpoint } = pair.teacher.option;
  if (!endpoint || !teacherGenerates(pair, rationale)) return ZERO_MONEY;
  const input = parseMoney(endpoint.inputPerMillionTokens ?? '');
  const output = parseMoney(endpoint.outputPerMillionTokens ?? '');
  if (input === null || output === null) return null;
  return addMoney(
    costOfTokens(input, workload.rows * workload.promptTokens),
    costOfTokens(output, workload.rows * workload.completionTokens),
  );
}

function refuseSeconds(seconds: number, { trainingSeconds: limit }: Limits): Refusal | null {
  if (limit === undefined || seconds <= limit) return null;
  return {
    reason: 'DeadlineExceeded',
    message: `generating data and training take ${Math.ceil(seconds)} s; the limit is ${limit} s`,
  };
}

function refuseCost(cost: Money | null, { limits, pair }: TrainingNeed): Refusal | null {
  const { budget, currency } = limits;
  if (cost === null && budget !== undefined && !limits.allowUnknownPrice) {
    return {
      reason: 'PriceUnknown',
      message: `the price of a token of ${pair.teacher.option.name} is not given and there is a budget`,
    };
  }
  if (!isOver(cost, budget) || budget === undefined) return null;
  return {
    reason: 'BudgetExceeded',
    message: `generating data and training cost ${moneyText(cost, currency)}; the budget is ${moneyText(budget, currency)}`,
  };
}

function generatingTeacher({ pair, rationale }: TrainingNeed): ModelFacts | null {
  return teacherGenerates(pair, rationale) && !pair.teacher.option.endpoint ? pair.teacher.facts : null;
}

function residentTeacher({ loss, teacher }: Pair): ModelFacts | null {
  return loss === 'SequenceLevel' ? null : teacher.facts;
}

function teacherDevice(site: Site, teacher: ModelFacts): Device {
  return servingDevice(site.pool, site.gpus === 0 ? 0 : largestSplit(teacher, site.gpus));
}
