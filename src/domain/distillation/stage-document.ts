/** Writes the document that a stage reads (docs/stage-contract.md): everything it may know, and no secret. */
import type { EnvVar } from '../../api/core.ts';
import type { DistillationJob, DistillationJobSpec } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { StageName } from './stage.ts';
import { stageWords } from './stage.ts';
import { workspacePath } from './volumes.ts';

/** The pair and the strategy that an attempt runs with; before planning there is none. */
export interface Choice {
  readonly teacher: string;
  readonly student: string;
  readonly strategy: string;
  readonly method: string;
}

export interface StageInput {
  readonly job: DistillationJob;
  readonly stage: StageName;
  readonly attempt: number;
  readonly choice: Choice | undefined;
  readonly mounts: Readonly<Record<string, string>>;
}

type SecretReference = { readonly name: string; readonly key?: string };

/** The document, and the variables that hold the secrets it names. */
export function stageDocument(input: StageInput): { document: Record<string, unknown>; tokens: EnvVar[] } {
  const { job, stage, attempt, choice } = input;
  const { spec } = job;
  const tokens = new TokenVariables();
  const document = {
    version: 'v1',
    stage: stageWords[stage].command,
    job: { namespace: job.metadata.namespace, name: job.metadata.name, uid: job.metadata.uid, attempt },
    seed: spec.task.seed ?? 0,
    workspace: workspacePath,
    mounts: input.mounts,
    device: 'auto',
    task: taskSection(spec, tokens),
    teachers: spec.teachers
      .filter((teacher) => choice === undefined || teacher.name === choice.teacher)
      .map((teacher) => teacherEntry(teacher, tokens)),
    students: spec.students
      .filter((student) => choice === undefined || student.name === choice.student)
      .map(({ name, uri, secretRef }) => ({ name, uri, ...tokens.reference(secretRef) })),
    strategy: {
      ...strategySection(spec),
      mode: choice?.strategy ?? spec.strategy?.mode ?? 'Auto',
    },
    training: { ...trainingSection(spec), ...(choice === undefined ? {} : { method: choice.method }) },
    synthesis: { shards: spec.synthesis?.shards ?? 1, maxRows: spec.synthesis?.maxRows ?? 0 },
    output: { uri: spec.output.uri, ...tokens.reference(spec.output.secretRef) },
  };
  return { document, tokens: tokens.variables };
}

function taskSection(spec: DistillationJobSpec, tokens: TokenVariables): Record<string, unknown> {
  const { task } = spec;
  return {
    train: { uri: task.train.uri, ...tokens.reference(task.train.secretRef) },
    evaluation: { uri: task.evaluation.uri, ...tokens.reference(task.evaluation.secretRef) },
    ...(task.knowledge === undefined
      ? {}
      : { knowledge: { uri: task.knowledge.uri, ...tokens.reference(task.knowledge.secretRef) } }),
    format: task.format ?? {},
    systemPrompt: task.systemPrompt ?? null,
    metric: { type: task.metric?.type ?? 'ExactMatch', entryPoint: task.metric?.entryPoint ?? null },
    probeSamples: task.probeSamples,
    evaluationSamples: task.evaluationSamples,
    maxNewTokens: task.maxNewTokens,
  };
}

function teacherEntry(teacher: DistillationJobSpec['teachers'][number], tokens: TokenVariables): Record<string, unknown> {
  const { name, uri, endpoint, secretRef } = teacher;
  if (endpoint === undefined) return { name, uri, ...tokens.reference(secretRef) };
  const { url, model } = endpoint;
  return { name, endpoint: { url, model, ...tokens.reference(endpoint.secretRef) } };
}

function strategySection(spec: DistillationJobSpec): Record<string, unknown> {
  const { strategy } = spec;
  return {
    samplesPerPrompt: strategy?.samplesPerPrompt ?? 1,
    rationale: strategy?.rationale ?? 'None',
    verification: {
      type: strategy?.verification?.type ?? 'Metric',
      entryPoint: strategy?.verification?.entryPoint ?? null,
    },
  };
}

/** What the job leaves open is left out: the trainer's own defaults depend on model and method. */
function trainingSection(spec: DistillationJobSpec): Record<string, unknown> {
  const { learningRate, precision, ...rest } = spec.training ?? {};
  const limit = spec.constraints?.maxTrainingSeconds;
  return {
    ...rest,
    ...(learningRate === undefined ? {} : { learningRate: Number(learningRate) }),
    precision: precisions[precision ?? 'Auto'],
    ...(limit === undefined ? {} : { maxSeconds: limit }),
  };
}

const precisions = { Auto: 'auto', Float32: 'fp32', BFloat16: 'bf16' } as const;

/** Hands out one environment variable per Secret key, the same one for the same key. */
class TokenVariables {
  readonly variables: EnvVar[] = [];

  reference(secret: SecretReference | undefined): { tokenEnv?: string } {
    if (secret === undefined) return {};
    const key = secret.key ?? 'token';
    const known = this.variables.find(
      ({ valueFrom }) => valueFrom?.secretKeyRef?.name === secret.name && valueFrom.secretKeyRef.key === key,
    );
    if (known !== undefined) return { tokenEnv: known.name };
    const name = `STRATOS_TOKEN_${this.variables.length}`;
    this.variables.push({ name, valueFrom: { secretKeyRef: { name: secret.name, key } } });
    return { tokenEnv: name };
  }
}
