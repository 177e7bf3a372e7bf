/** Termination messages as the trainer writes them (trainer-image/schemas/stage-result.v1.json). */
import type { StageName } from '../../../src/domain/distillation/stage.ts';
import { stageWords } from '../../../src/domain/distillation/stage.ts';

const digest = `sha256:${'0'.repeat(64)}`;

/** Half a million parameters, as the demo's models have. */
const facts = {
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
  tokenizerDigest: digest,
  architecture: 'LlamaForCausalLM',
};

interface Count {
  readonly samples: number;
  readonly correct: number;
}

/** Ten times the parameters of the demo's models. */
interface Measured extends Count {
  readonly large?: boolean;
}

const largeFacts = {
  ...facts,
  parameters: 5_400_000,
  layers: 12,
  hiddenSize: 192,
  heads: 6,
  kvHeads: 6,
  intermediateSize: 512,
};

function score({ samples, correct }: Count) {
  return { samples, correct, formatFailures: 0, meanCompletionTokens: 4.5, meanLatencyMilliseconds: 12.5 };
}

function model(name: string, role: 'Teacher' | 'Student', count: Measured) {
  const { samples, correct, formatFailures, meanLatencyMilliseconds } = score(count);
  return {
    name,
    role,
    samples,
    correct,
    formatFailures,
    meanLatencyMilliseconds,
    promptTokens: 900,
    completionTokens: 300,
    facts: count.large ? largeFacts : facts,
  };
}

export interface ProfileCounts {
  readonly teachers?: Readonly<Record<string, Measured>>;
  readonly students?: Readonly<Record<string, Measured>>;
}

export function profileResult(counts: ProfileCounts = {}) {
  const { teachers = { tiny: { samples: 200, correct: 190 } }, students = { small: { samples: 200, correct: 2 } } } =
    counts;
  return {
    models: [
      ...Object.entries(teachers).map(([name, count]) => model(name, 'Teacher', count)),
      ...Object.entries(students).map(([name, count]) => model(name, 'Student', count)),
    ],
    trainExamples: 2000,
    evaluationExamples: 400,
    chanceCorrect: 0.01,
    meanPromptTokens: 40.2,
    meanCompletionTokens: 4.5,
  };
}

/** Two students of which neither is better in every respect, so that there is a second attempt to make. */
export const twoStudents = [
  { name: 'small', uri: 'builtin://models/winning-tiles-student' },
  { name: 'large', uri: 'pvc://models/large' },
];

export function profileOfTwo() {
  return profileResult({
    students: { small: { samples: 200, correct: 2 }, large: { samples: 200, correct: 80, large: true } },
  });
}

export function pilotResult({ samples, correct }: Count = { samples: 200, correct: 120 }, steps = 40) {
  const written = { rows: 640, kept: 630, promptTokens: 25_600, completionTokens: 3200 };
  return { ...written, steps, tokensPerSecond: 6400.5, finalLoss: 0.5, samples, correct, formatFailures: 0 };
}

function synthesisResult(rows = 2000) {
  return { rows, kept: rows - 10, rejected: 10, promptTokens: rows * 40, completionTokens: rows * 5, digest };
}

function trainResult() {
  return {
    steps: 300,
    epochs: 3,
    tokens: 600_000,
    tokensPerSecond: 6400.5,
    finalLoss: 0.0123,
    resumedFromStep: 0,
    digest,
  };
}

const comparison = {
  better: 10,
  worse: 12,
  pValue: 0.8318,
  difference: -0.005,
  differenceLow: -0.028,
  differenceHigh: 0.0175,
};

export function evaluationResult(student: Count = { samples: 400, correct: 380 }) {
  const paired = { pairedBetter: 10, pairedWorse: 12, comparisons: { teacher: comparison }, contaminated: 0 };
  return { student: score(student), teacher: score({ samples: 400, correct: 384 }), base: null, ...paired };
}

function publishResult() {
  return { uri: 'pvc://students/tiles', digest, bytes: 2_160_000, files: 5 };
}

/** What a stage that goes well finds. */
export const goodResults: Readonly<Record<StageName, () => object>> = {
  Profile: profileResult,
  Pilot: pilotResult,
  Synthesize: synthesisResult,
  Train: trainResult,
  Evaluate: evaluationResult,
  Publish: publishResult,
};

export function success(stage: StageName, result: object = goodResults[stage]()): string {
  return JSON.stringify({ version: 'v1', stage: stageWords[stage].command, ok: true, seconds: 93.2, result });
}

export function failure(stage: StageName, reason: string, message = `${reason} happened`): string {
  return JSON.stringify({ version: 'v1', stage: stageWords[stage].command, ok: false, error: { reason, message } });
}
