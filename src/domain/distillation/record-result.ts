/** Turns stage results into status: counts become accuracies with intervals, and each stage gets a sentence. */
import type { Evaluation, ModelProfile, Score } from '../../api/v1alpha1/distillation-job.gen.ts';
import { wilson } from '../statistics.ts';
import type { Draft } from './draft.ts';
import type { StageName } from './stage.ts';
import { integer, list, optional, record, type StageResult, text } from './result-fields.ts';

type Recorder = (draft: Draft, results: readonly StageResult[]) => string;

const recorders: Readonly<Record<StageName, Recorder>> = {
  Profile: recordProfile,
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
  const models = list(result, 'models').map(modelProfile);
  draft.status.profile = {
    models,
    trainExamples: integer(result, 'trainExamples'),
    evaluationExamples: integer(result, 'evaluationExamples'),
    ...optional('chanceAccuracy', ratioOf(result['chanceCorrect'])),
    ...optional('meanPromptTokens', ratioOf(result['meanPromptTokens'])),
    ...optional('meanCompletionTokens', ratioOf(result['meanCompletionTokens'])),
  };
  return models.map((model) => `${model.role.toLowerCase()} ${model.name} ${model.accuracy ?? 'unmeasured'}`).join(', ');
}

function modelProfile(entry: StageResult): ModelProfile {
  const facts = record(entry, 'facts');
  return {
    name: text(entry, 'name'),
    role: text(entry, 'role') === 'Teacher' ? 'Teacher' : 'Student',
    ...score(entry),
    formatFailures: integer(entry, 'formatFailures'),
    ...optional('meanLatencyMilliseconds', ratioOf(entry['meanLatencyMilliseconds'])),
    ...(facts === undefined ? {} : { facts: { ...facts, bytesPerParameter: String(facts['bytesPerParameter']) } }),
  };
}

function recordSynthesis(_draft: Draft, results: readonly StageResult[]): string {
  const sum = (field: string): number => results.reduce((total, result) => total + integer(result, field), 0);
  return `kept ${sum('kept')} of ${sum('rows')} rows, ${sum('completionTokens')} tokens generated`;
}

function recordTraining(_draft: Draft, results: readonly StageResult[]): string {
  const result = results[0] ?? {};
  const speed = Math.round(Number(result['tokensPerSecond'] ?? 0));
  return `${integer(result, 'steps')} steps, ${integer(result, 'tokens')} tokens at ${speed} tokens/s, loss ${Number(result['finalLoss']).toFixed(4)}`;
}

function recordEvaluation(draft: Draft, results: readonly StageResult[]): string {
  const result = results[0] ?? {};
  const evaluation: Evaluation = {
    ...optional('student', scoreOf(result, 'student')),
    ...optional('teacher', scoreOf(result, 'teacher')),
    ...optional('base', scoreOf(result, 'base')),
    pairedBetter: integer(result, 'pairedBetter'),
    pairedWorse: integer(result, 'pairedWorse'),
  };
  draft.status.evaluation = evaluation;
  return `student ${describeScore(evaluation.student)}, teacher ${describeScore(evaluation.teacher)}`;
}

function recordPublication(draft: Draft, results: readonly StageResult[]): string {
  const result = results[0] ?? {};
  const uri = text(result, 'uri');
  const digest = text(result, 'digest');
  draft.status.artifact = { uri, digest, publishedTime: draft.timestamp };
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
  return typeof value === 'number' && Number.isFinite(value) ? ratio(value) : undefined;
}

function ratio(value: number): string {
  return value.toFixed(3);
}
