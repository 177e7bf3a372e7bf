/** Valid planner inputs with few words: every builder has defaults that plan, and a test states only what it is about. */
import { shippedCatalogue } from '../../../../src/data/catalogue.ts';
import { discoverPools } from '../../../../src/domain/planning/discover.ts';
import type { ModelFacts } from '../../../../src/domain/planning/model-facts.ts';
import type { NodeObject, PodClaim } from '../../../../src/domain/planning/node-snapshot.ts';
import type { Pool } from '../../../../src/domain/planning/pool.ts';
import type { PlanInputs, PlanRequest, Profile } from '../../../../src/domain/planning/request.ts';

export interface NodeOptions {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly gpus?: number;
  readonly resource?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly taints?: readonly { key: string; value?: string; effect: string }[];
  readonly ready?: boolean;
  readonly cordoned?: boolean;
}

export function aNode(options: NodeOptions = {}): NodeObject {
  const {
    name = 'node-1',
    labels = {},
    annotations = {},
    gpus = 0,
    resource = 'nvidia.com/gpu',
    cpu = '96',
    memory = '768Gi',
  } = options;
  const amounts = { cpu, memory, ...(gpus > 0 ? { [resource]: String(gpus) } : {}) };
  return {
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels }, annotations },
    spec: { ...(options.cordoned ? { unschedulable: true } : {}), taints: options.taints ?? [] },
    status: {
      allocatable: amounts,
      capacity: amounts,
      conditions: [{ type: 'Ready', status: (options.ready ?? true) ? 'True' : 'False' }],
    },
  };
}

/** Labels of an EKS node with NVIDIA's feature discovery, in the one region of which the catalogue has prices. */
export function awsLabels(instanceType: string, product: string, memoryMib: number): Readonly<Record<string, string>> {
  return {
    'node.kubernetes.io/instance-type': instanceType,
    'topology.kubernetes.io/region': 'us-east-1',
    'karpenter.sh/capacity-type': 'on-demand',
    'nvidia.com/gpu.product': product,
    'nvidia.com/gpu.memory': String(memoryMib),
  };
}

export const h100Node = (name = 'h100-1'): NodeObject =>
  aNode({ name, gpus: 8, labels: awsLabels('p5.48xlarge', 'NVIDIA-H100-80GB-HBM3', 81_559) });
export const l4Node = (name = 'l4-1'): NodeObject =>
  aNode({ name, gpus: 1, cpu: '8', memory: '32Gi', labels: awsLabels('g6.2xlarge', 'NVIDIA-L4', 23_034) });
export const a100Node = (name = 'a100-1'): NodeObject =>
  aNode({ name, gpus: 8, labels: awsLabels('p4d.24xlarge', 'NVIDIA-A100-SXM4-40GB', 40_960) });
export const cpuNode = (name = 'cpu-1'): NodeObject =>
  aNode({ name, cpu: '16', memory: '64Gi', annotations: { 'distill.stratos.dev/price-per-hour': '0.80' } });

export function discover(nodes: readonly NodeObject[], claims: readonly PodClaim[] = []) {
  return discoverPools(nodes, claims, shippedCatalogue);
}

export function poolsOf(...nodes: readonly NodeObject[]): readonly Pool[] {
  return discover(nodes).pools;
}

export function facts(id: string): ModelFacts {
  const found = shippedCatalogue.models.find((model) => model.id === id);
  if (!found) throw new Error(`the catalogue has no model ${id}`);
  return { ...found.facts, tokenizerDigest: found.family };
}

/** Half a million parameters: what the demo distils on a laptop. */
export const tinyFacts: ModelFacts = {
  parameters: 540_000,
  layers: 4,
  hiddenSize: 96,
  heads: 3,
  kvHeads: 3,
  headSize: 32,
  intermediateSize: 256,
  vocabularySize: 512,
  tiedEmbeddings: true,
  maxPositions: 512,
  bytesPerParameter: 4,
  tokenizerDigest: 'tiny',
  architecture: 'LlamaForCausalLM',
};

export function aRequest(changes: Partial<PlanRequest> = {}): PlanRequest {
  return {
    teachers: [{ name: 'teacher' }],
    students: [{ name: 'student' }],
    strategy: { mode: 'Auto', alignmentThreshold: 0.5, samplesPerPrompt: 1, rationale: false },
    training: {
      method: 'Auto',
      loss: 'SequenceLevel',
      batchSize: 16,
      maxSequenceLength: 1024,
      epochs: 3,
      maxSteps: 0,
      maxRows: 0,
    },
    constraints: {},
    objective: { policy: 'Balanced' },
    placement: {},
    ...changes,
  };
}

export function aProfile(changes: Partial<Profile> = {}): Profile {
  return {
    models: [
      { name: 'teacher', role: 'Teacher', samples: 200, correct: 180, facts: facts('Qwen/Qwen2.5-7B-Instruct') },
      { name: 'student', role: 'Student', samples: 200, correct: 40, facts: facts('Qwen/Qwen2.5-0.5B-Instruct') },
    ],
    trainExamples: 5_000,
    evaluationExamples: 400,
    meanPromptTokens: 300,
    meanCompletionTokens: 100,
    ...changes,
  };
}

export function planInputs(changes: Partial<PlanInputs> = {}): PlanInputs {
  return {
    request: aRequest(),
    profile: aProfile(),
    pools: poolsOf(h100Node(), h100Node('h100-2'), l4Node(), a100Node(), cpuNode()),
    today: '2026-01-15',
    ...changes,
  };
}
