/** Turns stage results into status: counts become accuracies with intervals, and each stage gets a sentence. */
import type {
  DistillationJobSpec,
  Evaluation,
  ModelFacts,
  ModelProfile,
  Score,
} from '../../api/v1alpha1/distillation-job.gen.ts';
import { wilson } from '../statistics.ts';
import type { Draft } from './draft.ts';
import type { StageName } from './stage.ts';
import { integer, list, optional, real, record, type StageResult, text } from './result-fields.ts';

type Recorder = (draft: Draft, results: readonly StageResult[]) => string;

const recorders: Readonly<Record<StageName, Recorder>> = {
  Profile: recordProfile,
  Pilot: recordPilot,
  Synthesize: recordSynthesis,
  Train: recordTraining,
  Evaluate: recordEvaluation,
  Publish: recordPublication,
};

/** Writes what the shards of a stage found into the status, and says it in one sentence. */
export function recordResult(draft: Draft, stage: StageName, results: readonly StageResult[]): string {
  return recorders[stage](draft, results);
}

function recordProfile(draft: Draft, results: readonly StageResult[]): string {
  const result = results[0] ?? {};
  const before = draft.status.profile;
  // A repeated probe asks some of the models: what is known of the others stays.
  const models = knownModels(draft.job.spec, [...list(result, 'models').map(modelProfile), ...(before?.models ?? [])]);
  draft.status.profile = {
    models,
    probeSamples: before?.nextProbeSamples ?? draft.job.spec.task.probeSamples,
    trainExamples: integer(result, 'trainExamples'),
    evaluationExamples: integer(result, 'evaluationExamples'),
    ...optional('chanceAccuracy', ratioOf(result['chanceCorrect'])),
    ...optional('meanPromptTokens', ratioOf(result['meanPromptTokens'])),
    ...optional('meanCompletionTokens', ratioOf(result['meanCompletionTokens'])),
  };
  return models
    .map((model) => `${model.role.toLowerCase()} ${model.name} ${model.accuracy ?? 'unmeasured'}`)
    .join(', ');
}

/** Each of the job's models once; others have no business in its status. */
function knownModels({ teachers, students }: DistillationJobSpec, models: readonly ModelProfile[]): ModelProfile[] {
  const find = (role: ModelProfile['role'], wanted: string) =>
    models.find((model) => model.role === role && model.name === wanted);
  return [
    ...teachers.flatMap(({ name }) => find('Teacher', name) ?? []),
    ...students.flatMap(({ name }) => find('Student', name) ?? []),
  ];
}

function modelProfile(entry: StageResult): ModelProfile {
  const facts = record(entry, 'facts');
  return {
    name: text(entry, 'name'),
    role: text(entry, 'role') === 'Teacher' ? 'Teacher' : 'Student',
    ...score(entry),
    formatFailures: integer(entry, 'formatFailures'),
    ...optional('meanLatencyMilliseconds', ratioOf(entry['meanLatencyMilliseconds'])),
    ...optional('facts', facts === undefined ? undefined : modelFacts(facts)),
  };
}

/** The largest sizes that the API accepts. */
const largestSizes = {
  parameters: Number.MAX_SAFE_INTEGER,
  layers: 10_000,
  hiddenSize: 1_000_000,
  heads: 10_000,
  kvHeads: 10_000,
  headSize: 100_000,
  intermediateSize: 10_000_000,
  vocabularySize: 100_000_000,
  maxPositions: 1_000_000_000,
} as const;

/** A size that is missing or odd stays away: planning takes whole facts or none. */
function modelFacts(facts: StageResult): ModelFacts {
  const sizes = Object.entries(largestSizes).filter(([field, largest]) => isSize(facts[field], largest));
  return {
    ...Object.fromEntries(sizes.map(([field]) => [field, facts[field]])),
    tiedEmbeddings: facts['tiedEmbeddings'] === true,
    ...optional('bytesPerParameter', ratioOf(facts['bytesPerParameter'])),
    ...optional('tokenizerDigest', words(facts, 'tokenizerDigest')),
    ...optional('architecture', words(facts, 'architecture')),
  };
}

function isSize(value: unknown, largest: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= largest;
}

function words(facts: StageResult, field: string): string | undefined {
  return text(facts, field).slice(0, 128) || undefined;
}

function recordPilot(draft: Draft, results: readonly StageResult[]): string {
  const result = results[0] ?? {};
  const measured = { steps: integer(result, 'steps'), ...score(result) };
  const running = draft.status.pilots?.find(({ state }) => state === 'Running');
  const message = `${running?.name ?? 'trial'}: ${describeScore(measured)} after ${measured.steps} steps`;
  if (running !== undefined) draft.putPilot({ ...running, measured, message });
  return message;
}

function recordSynthesis(_draft: Draft, results: readonly StageResult[]): string {
  const sum = (field: string): number => results.reduce((total, result) => total + integer(result, field), 0);
  return `kept ${sum('kept')} of ${sum('rows')} rows, ${sum('completionTokens')} tokens generated`;
}

function recordTraining(_draft: Draft, results: readonly StageResult[]): string {
  const result = results[0] ?? {};
  const speed = Math.round(real(result, 'tokensPerSecond'));
  return `${integer(result, 'steps')} steps, ${integer(result, 'tokens')} tokens at ${speed} tokens/s, loss ${real(result, 'finalLoss').toFixed(4)}`;
}

function recordEvaluation(draft: Draft, results: readonly StageResult[]): string {
  const result = results[0] ?? {};
  const evaluation: Evaluation = {
    ...optional('student', scoreOf(result, 'student')),
    ...optional('teacher', scoreOf(result, 'teacher')),
    ...optional('base', scoreOf(result, 'base')),
    pairedBetter: integer(result, 'pairedBetter'),
    pairedWorse: integer(result, 'pairedWorse'),
    ...optional('pairedPValue', pairedPValue(result)),
    ...optional('contaminated', result['contaminated'] === undefined ? undefined : integer(result, 'contaminated')),
  };
  draft.status.evaluation = evaluation;
  return `student ${describeScore(evaluation.student)}, teacher ${describeScore(evaluation.teacher)}`;
}

/** As many digits as the API takes: a small one must not read as none at all. */
function pairedPValue(result: StageResult): string | undefined {
  const value = record(record(result, 'comparisons') ?? {}, 'teacher')?.['pValue'];
  return typeof value === 'number' && value >= 0 && value <= 1 ? value.toFixed(9) : undefined;
}

function recordPublication(draft: Draft, results: readonly StageResult[]): string {
  const result = results[0] ?? {};
  const uri = text(result, 'uri');
  const digest = text(result, 'digest').slice(0, 128);
  const { quantization } = draft.job.spec.output;
  draft.status.artifact = {
    uri,
    digest,
    ...optional('quantization', quantization === 'None' ? undefined : quantization),
    publishedTime: draft.timestamp,
  };
  return `${uri} (${digest.slice(0, 19)})`;
}

function scoreOf(result: StageResult, field: string): Score | undefined {
  const entry = record(result, field);
  return entry === undefined ? undefined : score(entry);
}

function score(entry: StageResult): Score {
  const samples = integer(entry, 'samples');
  const correct = integer(entry, 'correct');
  const interval = wilson(correct, samples);
  if (interval === null) return { samples, correct };
  return {
    samples,
    correct,
    accuracy: ratio(interval.point),
    accuracyLow: ratio(interval.low),
    accuracyHigh: ratio(interval.high),
  };
}

function describeScore(value: Score | undefined): string {
  if (value?.accuracy === undefined) return 'not measured';
  return `${value.accuracy} [${value.accuracyLow}, ${value.accuracyHigh}]`;
}

function ratioOf(value: unknown): string | undefined {
  return typeof value === 'number' && Math.abs(value) < 1e15 ? ratio(value) : undefined;
}

function ratio(value: number): string {
  return value.toFixed(3);
}
