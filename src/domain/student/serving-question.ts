/** What the planner is asked for a student: its model, its load and its targets, on the cluster as it would be without the student. */
import type { DistillationJob } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import { planProfile } from '../distillation/plan-inputs.ts';
import type { Catalogue } from '../planning/catalogue.ts';
import { DEFAULT_INPUT_TOKENS, DEFAULT_OUTPUT_TOKENS } from '../planning/constants.ts';
import { limitsOf } from '../planning/limits.ts';
import type { ModelFacts } from '../planning/model-facts.ts';
import { claimOfPod } from '../planning/pod-claims.ts';
import type { Pool, PoolNode } from '../planning/pool.ts';
import type { Quantization } from '../planning/quantization.ts';
import type { ServingQuestion } from '../planning/serving-plan.ts';
import type { Observed, Settings } from './observed.ts';
import { wantedReplicas } from './replicas.ts';

/** Undefined while nobody knows the model's size: then there is nothing to hold targets against. */
export function servingQuestion(
  observed: Observed,
  { catalogue, servingImage }: Pick<Settings, 'catalogue' | 'servingImage'>,
): ServingQuestion | undefined {
  const { student, source, calibration } = observed;
  const model = factsOf(student, source, catalogue);
  if (model === undefined) return undefined;
  const profile = planProfile(source?.status?.profile);
  const { serving, placement, runtime } = student.spec;
  const { requestsPerSecond, ...targets } = serving;
  const rate = requestsPerSecond === undefined ? {} : { requestsPerSecond: Number(requestsPerSecond) };
  return {
    pools: poolsWithout(observed),
    placement,
    need: {
      model,
      inputTokens: serving.inputTokens ?? (Math.ceil(profile.meanPromptTokens) || DEFAULT_INPUT_TOKENS),
      outputTokens: serving.outputTokens ?? (Math.ceil(profile.meanCompletionTokens) || DEFAULT_OUTPUT_TOKENS),
      limits: limitsOf({ serving: { ...targets, ...rate }, allowUnknownPrice: true }),
    },
    quantizations: quantizationsOf(observed),
    replicas: wantedReplicas(observed),
    calibration: calibration.filter(({ version }) => version === (runtime.image ?? servingImage)),
  };
}

/** In the order in which they are tried. */
function quantizationsOf({ student, source }: Observed): Quantization[] {
  const stored = source?.status?.artifact?.quantization ?? student.status?.modelQuantization;
  if (stored !== undefined) return [stored];
  const { quantization } = student.spec.runtime;
  if (quantization !== undefined) return [quantization];
  // Eight-bit floats made while loading cost least in answers, so they are what is tried when whole weights are too slow.
  return [(source?.status?.plan?.selected?.quantization as Quantization | undefined) ?? 'None', 'FP8'];
}

/** Measured by the job that made it, else from the catalogue by its name on the hub. */
export function factsOf(
  { spec }: StudentDeployment,
  source: DistillationJob | undefined,
  catalogue: Catalogue,
): ModelFacts | undefined {
  const { uri, distillationJobRef } = spec.model;
  if (distillationJobRef === undefined) {
    const id = uri?.startsWith('hf://') ? uri.slice('hf://'.length).split('@')[0] : undefined;
    return catalogue.models.find((model) => model.id === id)?.facts;
  }
  const chosen = source?.status?.plan?.selected?.student;
  const { models } = planProfile(source?.status?.profile);
  return models.find(({ role, name }) => role === 'Student' && name === chosen)?.facts ?? undefined;
}

/** What the student's own pods hold is free for it. */
function poolsWithout({ pools, pods }: Observed): Pool[] {
  const claims = pods.flatMap((pod) => claimOfPod(pod) ?? []);
  const given = (pool: Pool, node: PoolNode): PoolNode => {
    const ours = claims.filter(({ nodeName }) => nodeName === node.name);
    const sum = (of: (claim: (typeof claims)[number]) => number): number =>
      ours.reduce((total, claim) => total + of(claim), 0);
    return {
      ...node,
      freeGpus: Math.min(node.totalGpus, node.freeGpus + sum(({ gpus }) => gpus[pool.gpu?.resource ?? ''] ?? 0)),
      freeCpuMillis: Math.min(node.totalCpuMillis, node.freeCpuMillis + sum(({ cpuMillis }) => cpuMillis)),
      freeMemoryBytes: Math.min(node.totalMemoryBytes, node.freeMemoryBytes + sum(({ memoryBytes }) => memoryBytes)),
    };
  };
  return pools.map((pool) => ({ ...pool, nodes: pool.nodes.map((node) => given(pool, node)) }));
}
