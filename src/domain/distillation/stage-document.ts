/** Writes the document that a stage reads (docs/stage-contract.md): everything it may know, and no secret. */
import type { EnvVar } from '../../api/core.ts';
import type { DistillationJob, DistillationJobSpec } from '../../api/v1alpha1/distillation-job.gen.ts';
import { optional } from './result-fields.ts';
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
    seed: spec.task.seed,
    workspace: `${workspacePath}/${job.metadata.uid}`,
    mounts: input.mounts,
    device: 'auto',
    task: taskSection(spec),
    teachers: spec.teachers
      .filter((teacher) => choice === undefined || teacher.name === choice.teacher)
      .map((teacher) => teacherEntry(teacher, tokens)),
    students: spec.students
      .filter((student) => choice === undefined || student.name === choice.student)
      .map(({ name, uri }) => ({ name, uri })),
    // `Auto` is a question to the planner: nothing that a stage could follow stands in the document before it is answered.
    ...(choice === undefined
      ? {}
      : { strategy: strategySection(spec, choice), training: trainingSection(spec, choice) }),
    synthesis: { shards: spec.synthesis.shards, maxRows: spec.synthesis.maxRows ?? 0 },
    output: { uri: spec.output.uri },
  };
  return { document, tokens: tokens.variables };
}

function taskSection({ task }: DistillationJobSpec): Record<string, unknown> {
  return {
    train: { uri: task.train.uri },
    evaluation: { uri: task.evaluation.uri },
    format: formatSection(task.format),
    systemPrompt: task.systemPrompt ?? null,
    metric: { type: task.metric.type, entryPoint: task.metric.entryPoint ?? null },
    probeSamples: task.probeSamples,
    evaluationSamples: task.evaluationSamples,
    maxNewTokens: task.maxNewTokens,
  };
}

/** Only the fields of the chosen type: the schema defaults those of the other type as well. */
function formatSection({
  type,
  promptField,
  completionField,
  messagesField,
}: DistillationJobSpec['task']['format']): Record<string, unknown> {
  return type === 'Chat' ? { type, messagesField } : { type, promptField, completionField };
}

function teacherEntry(
  teacher: DistillationJobSpec['teachers'][number],
  tokens: TokenVariables,
): Record<string, unknown> {
  const { name, uri, endpoint } = teacher;
  if (endpoint === undefined) return { name, uri };
  const { url, model } = endpoint;
  return { name, endpoint: { url, model, ...tokens.reference(endpoint.secretRef) } };
}

function strategySection({ strategy }: DistillationJobSpec, choice: Choice): Record<string, unknown> {
  return {
    mode: choice.strategy,
    samplesPerPrompt: strategy.samplesPerPrompt,
    rationale: strategy.rationale,
    verification: { type: strategy.verification.type, entryPoint: strategy.verification.entryPoint ?? null },
  };
}

/** What the job leaves open is left out: the trainer's own defaults depend on model and method. */
function trainingSection(spec: DistillationJobSpec, choice: Choice): Record<string, unknown> {
  const { learningRate, precision, loss, ...rest } = spec.training;
  return {
    ...rest,
    method: choice.method,
    ...optional('loss', loss === 'Auto' ? undefined : loss),
    ...optional('learningRate', learningRate === undefined ? undefined : Number(learningRate)),
    ...optional('precision', precisions[precision]),
    ...optional('maxSeconds', spec.constraints.maxTrainingSeconds),
  };
}

const precisions = { Auto: undefined, Float32: 'fp32', BFloat16: 'bf16' } as const;

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
