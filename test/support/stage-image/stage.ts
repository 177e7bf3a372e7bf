// Stands for the trainer image where training is not the point: keeps the contract of docs/stage-contract.md, in
// milliseconds, with files in the workspace, checkpoints, exit codes and all.
//
//   node stage.ts profile|pilot|synthesize|train|evaluate|publish
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Behaviour, type Script, scriptVariable, type StageCommand } from './behaviour.ts';
import { resultOf, type StageDocument, trainingSteps } from './results.ts';

const document = JSON.parse(process.env['STRATOS_STAGE_CONFIG'] ?? '') as StageDocument;
const { stage, workspace } = document;
const script = JSON.parse(process.env[scriptVariable] ?? '{}') as Script;
const behaviour: Behaviour = script[stage] ?? {};
const attemptFolder = join(workspace, `attempt-${document.job.attempt}`);
const latest = join(attemptFolder, 'checkpoints/latest');
const stepMs = 100;

/** Bad input: a retry cannot help. */
const badInput = 2;
const stopped = 143;

async function main(): Promise<void> {
  const started = performance.now();
  if (process.argv[2] !== stage)
    refuse('ConfigInvalid', `told to ${process.argv[2]}, but the document is for ${stage}`);
  checkInputs();
  if (behaviour.fails !== undefined && document.students?.some(({ name }) => name === behaviour.fails))
    refuse('ModelIncompatible', `the script lets ${behaviour.fails} fail to ${stage}`);
  if (behaviour.refuses !== undefined) refuse(behaviour.refuses, `the script refuses to ${stage}`);
  crashIfScripted();
  const resumedFromStep = await work();
  writeOutput();
  if (behaviour.silent === true) return;
  const seconds = (performance.now() - started) / 1000;
  report({ ok: true, seconds, result: resultOf({ document, behaviour, resumedFromStep }) });
}

function checkInputs(): void {
  const { task, teachers = [] } = document;
  for (const { uri } of [task.train, task.evaluation]) {
    const path = mountedPath(uri);
    if (path !== undefined && !existsSync(path)) refuse('DataUnreadable', `cannot read ${uri}: there is no such file`);
  }
  for (const { name, endpoint } of teachers) {
    if (endpoint?.tokenEnv === undefined || process.env[endpoint.tokenEnv]) continue;
    refuse('TeacherUnavailable', `teacher ${name}: ${endpoint.tokenEnv} is empty`);
  }
}

/** Undefined for what the image ships or a hub has. */
function mountedPath(uri: string): string | undefined {
  const match = /^((?:pvc|configmap):\/\/[^/]+)(\/.*)$/.exec(uri);
  const mount = document.mounts?.[match?.[1] ?? ''];
  return mount === undefined ? undefined : `${mount}${match?.[2]}`;
}

function crashIfScripted(): void {
  const file = join(workspace, `crashes-${stage}`);
  const crashes = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (crashes >= (behaviour.crashes ?? 0)) return;
  write(file, String(crashes + 1));
  report({ ok: false, error: { reason: 'Internal', message: `crash ${crashes + 1} of ${behaviour.crashes}` } });
  process.exit(1);
}

/** Works step by step, so that it can stop after any: returns the step that it went on from. */
async function work(): Promise<number> {
  const steps = Math.round((behaviour.milliseconds ?? 0) / stepMs);
  const from = stage === 'train' && existsSync(latest) ? Number(readFileSync(latest, 'utf8')) : 0;
  let step = from;
  process.once('SIGTERM', () => {
    if (stage === 'train') write(latest, String(step));
    process.exit(stopped);
  });
  process.stdout.write(`working from step ${from}\n`);
  for (; step < steps; step++) await sleep(stepMs);
  return Math.min(from, trainingSteps);
}

const files: Readonly<Record<StageCommand, string>> = {
  profile: join(workspace, 'profile/items.jsonl'),
  pilot: join(workspace, `pilots/${document.pilot?.name}-${document.pilot?.rung}/train.jsonl`),
  synthesize: join(attemptFolder, 'data/shard-0.jsonl'),
  train: join(attemptFolder, 'model/config.json'),
  evaluate: join(attemptFolder, 'evaluation/items.jsonl'),
  publish: join(mountedPath(document.output.uri) ?? workspace, 'config.json'),
};

/** The earlier stages' files have to be there: whoever loses the workspace must not get away with it. */
const needs: Readonly<Partial<Record<StageCommand, StageCommand>>> = {
  train: 'synthesize',
  evaluate: 'train',
  publish: 'train',
};

function writeOutput(): void {
  const needed = needs[stage];
  if (needed !== undefined && !existsSync(files[needed]))
    refuse('ModelUnreadable', `${files[needed]} is not in the workspace`);
  write(files[stage], `{"stage":"${stage}"}\n`);
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

function refuse(reason: string, message: string): never {
  report({ ok: false, error: { reason, message } });
  process.exit(badInput);
}

function report(outcome: object): void {
  writeFileSync(process.env['STRATOS_TERMINATION_LOG'] ?? '', JSON.stringify({ version: 'v1', stage, ...outcome }));
}

await main();
