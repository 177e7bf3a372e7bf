import { DEFAULT_INPUT_TOKENS, DEFAULT_OUTPUT_TOKENS } from './constants.ts';
import type { PlanInputs } from './request.ts';
import type { Workload } from './training.ts';

/** What a whole run has to write and to learn. */
export function workloadOf({ request, profile }: Pick<PlanInputs, 'request' | 'profile'>): Workload {
  const { training, strategy } = request;
  const generated = profile.trainExamples * strategy.samplesPerPrompt;
  return {
    rows: training.maxRows > 0 ? Math.min(training.maxRows, generated) : generated,
    epochs: training.epochs,
    batchSize: training.batchSize,
    maxSteps: training.maxSteps,
    promptTokens: Math.ceil(profile.meanPromptTokens) || DEFAULT_INPUT_TOKENS,
    completionTokens: Math.ceil(profile.meanCompletionTokens) || DEFAULT_OUTPUT_TOKENS,
  };
}
