// Puts questions to the student over its OpenAI-compatible URL and has the answers checked by the task's solver.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pythonEnv, trainerSource } from '../tools/python/paths.ts';

export interface Answered {
  readonly prompt: string;
  readonly completion: string;
  readonly right: boolean;
  readonly milliseconds: number;
}

export interface Exam {
  /** Of the Service, without a path. */
  readonly url: string;
  readonly model: string;
  /** A task that the trainer ships, such as `winning-tiles`. */
  readonly task: string;
  readonly count: number;
}

/** Asks questions of the held-out split, one after the other. */
export async function ask({ url, model, task, count }: Exam): Promise<Answered[]> {
  const rows = (await examine(['ask', task, String(count), '1'])).map((line) => JSON.parse(line) as { prompt: string });
  const answers: Omit<Answered, 'right'>[] = [];
  for (const { prompt } of rows) answers.push(await complete(url, model, prompt));
  const verdicts = await examine(['check', task], answers.map((answer) => JSON.stringify(answer)).join('\n'));
  return answers.map((answer, index) => ({ ...answer, right: verdicts[index] === 'true' }));
}

interface Completion {
  readonly choices: readonly { readonly message: { readonly content: string } }[];
}

async function complete(url: string, model: string, prompt: string): Promise<Omit<Answered, 'right'>> {
  const started = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: prompt }], temperature: 0, max_tokens: 32 }),
  });
  if (!response.ok) throw new Error(`the student answered ${response.status}: ${await response.text()}`);
  const { choices } = (await response.json()) as Completion;
  return {
    prompt,
    completion: choices[0]?.message.content ?? '',
    milliseconds: Math.round(performance.now() - started),
  };
}

async function examine(args: readonly string[], input = ''): Promise<string[]> {
  const { python } = await pythonEnv();
  const child = spawn(python, [join(import.meta.dirname, 'examiner.py'), ...args], {
    env: { ...process.env, PYTHONPATH: trainerSource },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(input === '' ? '' : `${input}\n`);
  const output = await text(child.stdout);
  return output.split('\n').filter((line) => line !== '');
}
