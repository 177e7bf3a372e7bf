/** The prompts that two revisions are compared by: read from JSON lines, and a sample of them in an order that a restart repeats. */
import { shortHash } from '../../../api/names.ts';
import type { AgreementSpec } from '../../../api/v1alpha1/student-deployment.gen.ts';
import { compareText } from '../../text.ts';

export interface Prompt {
  /** In the file, counted from 1. */
  readonly line: number;
  readonly text: string;
  /** What the answers are compared with; undefined: with that of the old revision. */
  readonly answer: string | undefined;
}

/** Longer than any context that a GPU here holds; a ConfigMap has at most a MiB. */
const longestPrompt = 262_144;

/** @returns what is wrong, with its line, where a line is no prompt. */
export function readPrompts(text: string): readonly Prompt[] | { readonly problem: string } {
  const prompts: Prompt[] = [];
  for (const [index, content] of text.split('\n').entries()) {
    if (content.trim() === '') continue;
    const prompt = readPrompt(content, index + 1);
    if ('problem' in prompt) return { problem: `line ${index + 1} ${prompt.problem}` };
    prompts.push(prompt);
  }
  if (prompts.length === 0) return { problem: 'there is no prompt in it' };
  return prompts;
}

function readPrompt(content: string, line: number): Prompt | { readonly problem: string } {
  const row = parseJson(content);
  if (typeof row !== 'object' || row === null) return { problem: 'is no JSON object such as {"prompt": "2 + 2 ="}' };
  const { prompt: text, answer } = row as { readonly prompt?: unknown; readonly answer?: unknown };
  if (typeof text !== 'string' || text === '') return { problem: 'has no "prompt" that is a text' };
  if (text.length > longestPrompt) return { problem: `has a prompt of more than ${longestPrompt} characters` };
  if (answer !== undefined && typeof answer !== 'string') return { problem: 'has an "answer" that is no text' };
  return { line, text, answer };
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

/** Of the prompts and of all that decides what is answered and how answers are compared. */
export function digestOf(text: string, { api, match, maxTokens }: AgreementSpec): string {
  return shortHash([text, api, match, maxTokens], 16);
}

/** `size` prompts at most, other ones for each revision, always the same for one. */
export function samplePrompts(prompts: readonly Prompt[], revision: string, size: number): readonly Prompt[] {
  const ranked = prompts.map((prompt) => ({ prompt, rank: shortHash([revision, prompt.line], 16) }));
  ranked.sort((one, other) => compareText(one.rank, other.rank));
  return ranked.slice(0, size).map(({ prompt }) => prompt);
}
