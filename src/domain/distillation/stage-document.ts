/** Writes the document that a stage reads (docs/stage-contract.md): everything it may know, and no secret. */
import type { EnvVar } from '../../api/core.ts';
import type { DistillationJob, DistillationJobSpec, PilotStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import { optional } from './result-fields.ts';
import { interruptionsOf } from '../planning/interruption.ts';
import type { Loss } from '../planning/request.ts';
import type { PoolChoice } from '../pool-choice.ts';
import type { StageName } from './stage.ts';
import { stageWords } from './stage.ts';
import { TokenVariables } from './token-variables.ts';
import { workspacePath } from './volumes.ts';

/** The pair and the strategy that an attempt runs with; before planning there is none. */
export interface Choice {
  readonly teacher: string;
  readonly student: string;
  readonly strategy: string;
  readonly method: string;
  /** Text when left out. */
  readonly loss?: string | undefined;
}

/** A probe of some teachers only, with more examples than the job asks for: what an undecided strategy needs. */
export interface Probe {
  readonly samples: number;
  readonly teachers: readonly string[];
}

export interface StageInput {
  readonly job: DistillationJob;
  readonly stage: StageName;
  readonly attempt: number;
  readonly choice: Choice | undefined;
  readonly mounts: Readonly<Record<string, string>>;
  /** From a Secret's name to the folder where the pod sees its keys; those that the stage does not need are absent. */
  readonly secretFolders: Readonly<Record<string, string>>;
  /** The most that one pod of the stage may spend on APIs; undefined without a budget. */
  readonly endpointBudget: string | undefined;
  readonly pilot?: PilotStatus | undefined;
  readonly probe?: Probe | undefined;
  /** Where it runs: how often a run is interrupted there decides how often it is saved. */
  readonly pool: PoolChoice;
}

type Endpoint = NonNullable<DistillationJobSpec['teachers'][number]['endpoint']>;
type Folders = StageInput['secretFolders'];

/** The document, and the variables that hold the secrets it names. */
export function stageDocument(input: StageInput): { document: Record<string, unknown>; tokens: EnvVar[] } {
  const { job, stage, attempt, choice, pilot, probe, secretFolders: folders } = input;
  const { spec } = job;
  const tokens = new TokenVariables(stage);
  const document = {
    version: 'v1',
    stage: stageWords[stage].command,
    job: { namespace: job.metadata.namespace, name: job.metadata.name, uid: job.metadata.uid, attempt },
    seed: spec.task.seed,
    workspace: `${workspacePath}/${job.metadata.uid}`,
    mounts: input.mounts,
    device: 'auto',
    task: { ...taskSection(spec, folders, tokens), ...optional('probeSamples', probe?.samples) },
    teachers: spec.teachers
      .filter(({ name }) => (choice === undefined ? (probe?.teachers.includes(name) ?? true) : name === choice.teacher))
      .map((teacher) => teacherEntry(teacher, folders, tokens)),
    students: spec.students
      // A probe that asks some teachers once more asks one student, since the document has to name one.
      .filter(({ name }, index) =>
        choice === undefined ? probe === undefined || index === 0 : name === choice.student,
      )
      .map((student) => ({ name: student.name, ...source(student, folders) })),
    // `Auto` is a question to the planner: nothing that a stage could follow stands in the document before it is answered.
    ...(choice === undefined
      ? {}
      : { strategy: strategySection(spec, choice), training: trainingSection(spec, choice, input.pool) }),
    synthesis: {
      shards: spec.synthesis.shards,
      maxRows: spec.synthesis.maxRows ?? 0,
      newPrompts: spec.synthesis.newPrompts,
    },
    ...optional('pilot', pilot === undefined ? undefined : pilotSection(pilot)),
    output: {
      ...source(spec.output, folders),
      ...optional('quantization', spec.output.quantization === 'None' ? undefined : spec.output.quantization),
    },
    ...optional('budget', input.endpointBudget === undefined ? undefined : { amount: input.endpointBudget }),
  };
  return { document, tokens: tokens.variables };
}

function pilotSection({ name, rung, steps = 1, rows = 1 }: PilotStatus): Record<string, unknown> {
  return { name, rung, steps, rows };
}

function taskSection({ task }: DistillationJobSpec, folders: Folders, tokens: TokenVariables): Record<string, unknown> {
  return {
    train: source(task.train, folders),
    evaluation: source(task.evaluation, folders),
    ...optional('knowledge', task.knowledge === undefined ? undefined : knowledgeSection(task.knowledge, folders)),
    holdOutPercent: task.holdOutPercent,
    format: formatSection(task.format),
    systemPrompt: task.systemPrompt ?? null,
    metric: {
      type: task.metric.type,
      entryPoint: task.metric.entryPoint ?? null,
      ...optional('judge', task.metric.judge === undefined ? undefined : judgeSection(task.metric.judge, tokens)),
    },
    probeSamples: task.probeSamples,
    evaluationSamples: task.evaluationSamples,
    evaluationAttempts: task.evaluationAttempts,
    sliceField: task.sliceField ?? null,
    maxNewTokens: task.maxNewTokens,
  };
}

type Source = { readonly uri?: string; readonly secretRef?: { readonly name: string } };

/** A URI, and where its keys are for a pod that opens it. */
function source({ uri, secretRef }: Source, folders: Folders): Record<string, unknown> {
  return { uri, ...optional('credentials', secretRef === undefined ? undefined : folders[secretRef.name]) };
}

function knowledgeSection(
  knowledge: NonNullable<DistillationJobSpec['task']['knowledge']>,
  folders: Folders,
): Record<string, unknown> {
  const { entryPoint, passages } = knowledge;
  return entryPoint === undefined ? { ...source(knowledge, folders), passages } : { entryPoint };
}

function judgeSection(
  { endpoint, instructions, votes }: NonNullable<DistillationJobSpec['task']['metric']['judge']>,
  tokens: TokenVariables,
): Record<string, unknown> {
  return { endpoint: endpointSection(endpoint, tokens), instructions: instructions ?? null, votes };
}

/** Only the fields of the chosen type: the schema defaults those of the other type as well. */
function formatSection({
  type,
  promptField,
  completionField,
  ...chat
}: DistillationJobSpec['task']['format']): Record<string, unknown> {
  return type === 'Chat' ? { type, ...chat } : { type, promptField, completionField };
}

function teacherEntry(
  teacher: DistillationJobSpec['teachers'][number],
  folders: Folders,
  tokens: TokenVariables,
): Record<string, unknown> {
  const { name, endpoint } = teacher;
  return endpoint === undefined
    ? { name, ...source(teacher, folders) }
    : { name, endpoint: endpointSection(endpoint, tokens) };
}

function endpointSection({ secretRef, ...rest }: Endpoint, tokens: TokenVariables): Record<string, unknown> {
  return { ...rest, ...tokens.reference(secretRef) };
}

function strategySection({ strategy }: DistillationJobSpec, choice: Choice): Record<string, unknown> {
  return {
    mode: choice.strategy,
    samplesPerPrompt: strategy.samplesPerPrompt,
    rationale: strategy.rationale,
    verification: {
      type: strategy.verification.type,
      entryPoint: strategy.verification.entryPoint ?? null,
      rederive: strategy.verification.rederive,
    },
  };
}

/** What the job leaves open is left out: the trainer's own defaults depend on model and method. */
function trainingSection(spec: DistillationJobSpec, choice: Choice, { pool }: PoolChoice): Record<string, unknown> {
  const { precision, loss, divergence, ...rest } = spec.training;
  return {
    ...rest,
    ...numbers(spec.training),
    method: choice.method,
    ...optional('loss', chosenLoss(loss, choice)),
    ...optional('divergence', divergence === 'Auto' ? undefined : divergence),
    ...optional('precision', precisions[precision]),
    ...optional('maxSeconds', spec.constraints.maxTrainingSeconds),
    ...optional('meanSecondsBetweenInterruptions', interruptionsOf(pool)?.meanSeconds),
  };
}

/** What `Auto` came to is in the plan; left out, it is the trainer's own default: text. */
export function chosenLoss(
  asked: DistillationJobSpec['training']['loss'],
  choice: Choice | undefined,
): Loss | undefined {
  if (asked !== 'Auto') return asked;
  return choice?.loss === 'Logits' ? 'Logits' : undefined;
}

const decimals = ['learningRate', 'divergenceWeight', 'temperature', 'mixture', 'onPolicyShare'] as const;

/** The API writes ratios as decimal strings; JSON has numbers for them. */
function numbers(training: DistillationJobSpec['training']): Record<string, number> {
  return Object.fromEntries(
    decimals.flatMap((name) => (training[name] === undefined ? [] : [[name, Number(training[name])]])),
  );
}

const precisions = { Auto: undefined, Float32: 'fp32', BFloat16: 'bf16' } as const;
