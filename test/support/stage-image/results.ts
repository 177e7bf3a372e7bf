// What the stand-in finds: the same for the same document, in the form of trainer-image/schemas/stage-result.v1.json.
import { createHash } from 'node:crypto';
import type { Behaviour, StageCommand } from './behaviour.ts';

/** The part of the stage document that the stand-in reads. */
export interface StageDocument {
  readonly stage: StageCommand;
  readonly job: { readonly name: string; readonly attempt: number };
  readonly workspace: string;
  readonly mounts?: Readonly<Record<string, string>>;
  readonly task: { readonly train: { readonly uri: string }; readonly evaluation: { readonly uri: string } };
  readonly teachers?: readonly Model[];
  readonly students?: readonly Model[];
  readonly pilot?: { readonly name: string; readonly rung: number; readonly steps: number; readonly rows: number };
  readonly output: { readonly uri: string };
}

export interface Model {
  readonly name: string;
  readonly uri?: string;
  readonly endpoint?: { readonly url: string; readonly tokenEnv?: string };
}

export interface Work {
  readonly document: StageDocument;
  readonly behaviour: Behaviour;
  readonly resumedFromStep: number;
}

export const trainingSteps = 100;

export function resultOf(work: Work): object {
  return results[work.document.stage](work);
}

const results: Readonly<Record<StageCommand, (work: Work) => object>> = {
  profile: ({ document: { teachers = [], students = [] } }) => ({
    models: [
      ...teachers.map((model) => profile(model, 'Teacher', 80)),
      ...students.map((model) => profile(model, 'Student', isLarge(model) ? 20 : 5)),
    ],
    trainExamples: 1000,
    evaluationExamples: 100,
    chanceCorrect: 0.01,
    meanPromptTokens: 24,
    meanCompletionTokens: 8,
  }),
  pilot: ({ document: { pilot, students = [] } }) => ({
    rows: pilot?.rows ?? 1,
    kept: pilot?.rows ?? 1,
    promptTokens: 2400,
    completionTokens: 800,
    steps: pilot?.steps ?? 1,
    tokensPerSecond: 1000,
    finalLoss: 1.5,
    samples: 100,
    correct: students.some(isLarge) ? 70 : 30,
    formatFailures: 0,
  }),
  synthesize: ({ document }) => ({
    rows: 1000,
    kept: 900,
    rejected: 100,
    promptTokens: 24_000,
    completionTokens: 8000,
    digest: digestOf(document, 'data'),
  }),
  train: ({ document, resumedFromStep }) => ({
    steps: trainingSteps,
    epochs: 3,
    tokens: 96_000,
    tokensPerSecond: 1000,
    finalLoss: 0.5,
    resumedFromStep,
    digest: digestOf(document, 'model'),
  }),
  evaluate: ({ behaviour }) => ({
    student: score(behaviour.correct ?? 90),
    teacher: score(80),
    base: null,
    pairedBetter: 15,
    pairedWorse: 5,
  }),
  publish: ({ document }) => ({
    uri: document.output.uri,
    digest: digestOf(document, 'model'),
    bytes: 4_000_000,
    files: 3,
  }),
};

function profile(model: Model, role: 'Teacher' | 'Student', correct: number): object {
  const { name, endpoint } = model;
  const spoken = { formatFailures: 0, meanLatencyMilliseconds: 20, promptTokens: 2400, completionTokens: 800 };
  const own = isLarge(model) ? { ...facts, parameters: 8 * facts.parameters, layers: 8 * facts.layers } : facts;
  return { name, role, samples: 100, correct, ...spoken, facts: endpoint === undefined ? own : null };
}

/** Eight times as many layers, and it knows more from the start: a student worth a second attempt. */
function isLarge({ name }: Model): boolean {
  return name.startsWith('large');
}

/** Of a model small enough for any pool. */
const facts = {
  parameters: 1_000_000,
  layers: 4,
  hiddenSize: 128,
  heads: 4,
  kvHeads: 4,
  headSize: 32,
  intermediateSize: 512,
  vocabularySize: 512,
  tiedEmbeddings: true,
  maxPositions: 512,
  bytesPerParameter: 4,
  tokenizerDigest: `sha256:${'0'.repeat(64)}`,
  architecture: 'LlamaForCausalLM',
};

function score(correct: number): object {
  return { samples: 100, correct, formatFailures: 0, meanCompletionTokens: 8, meanLatencyMilliseconds: 20 };
}

function digestOf({ job }: StageDocument, what: string): string {
  return `sha256:${createHash('sha256').update(`${job.name} ${job.attempt} ${what}`).digest('hex')}`;
}
