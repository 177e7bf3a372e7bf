#!/usr/bin/env node
/** The command line: `stratos`, or `kubectl stratos` when it is on the PATH as kubectl-stratos. */
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { distillationJobs } from '../api/resources.ts';
import type { DistillationJob } from '../api/v1alpha1/distillation-job.gen.ts';
import { KubeClient } from '../kube/client.ts';
import { isFault } from '../kube/errors.ts';
import { PooledKubeConfig } from '../kube/transport.ts';
import type { Resource } from '../kube/types.ts';
import { renderJob, renderScores } from './job-view.ts';
import { renderPlan } from './plan-view.ts';
import { LiveScreen } from './live-screen.ts';

const usage = `stratos: look at distillations

  stratos explain NAME   the plan: the Pareto front, what was chosen, and why the rest lost
  stratos watch NAME     stages, progress, time left and money, until the job ends

  -n, --namespace NAME   the namespace; that of the kubeconfig's context when left out
  -o, --output FORMAT    explain only: json or yaml
`;

/** A command line that means nothing; `main` prints it with the usage and exits with 2. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface Command {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  readonly output: string | undefined;
}

const jobs: Resource<DistillationJob> = distillationJobs;
const commands: Readonly<Record<string, (command: Command) => Promise<number>>> = { explain, watch };

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(argv);
  const [verb = '', name] = positionals;
  const command = commands[verb];
  if (command === undefined) throw new UsageError(verb === '' ? 'say what to do' : `there is no command '${verb}'`);
  if (name === undefined) throw new UsageError(`'${verb}' needs the name of a DistillationJob`);
  const config = new PooledKubeConfig();
  config.loadFromDefault();
  const namespace = values.namespace ?? config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
  try {
    return await command({ client: new KubeClient({ config }), namespace, name, output: values.output });
  } finally {
    await config.close();
  }
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { namespace: { type: 'string', short: 'n' }, output: { type: 'string', short: 'o' } },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

async function explain({ client, namespace, name, output }: Command): Promise<number> {
  const job = await client.get(jobs, { namespace, name });
  if (output === 'json') print(JSON.stringify(job.status?.plan ?? null, undefined, 2));
  else if (output === 'yaml') print(stringify(job.status?.plan ?? null));
  else if (output === undefined) print(renderPlan(job));
  else throw new UsageError(`--output must be json or yaml; got '${output}'`);
  return 0;
}

/** Exits with 0 when the job succeeded and 1 when it failed, so that scripts can wait with it. */
async function watch({ client, namespace, name }: Command): Promise<number> {
  const screen = new LiveScreen(process.stdout);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  for (;;) {
    const job = await client.get(jobs, { namespace, name }, { signal: stop.signal });
    screen.show(renderJob(job, Date.now()));
    const summary = job.status?.conditions?.find(({ type }) => type === 'Succeeded')?.status;
    if (summary === 'True' || summary === 'False') {
      print(renderScores(job));
      return summary === 'True' ? 0 : 1;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

function print(text: string): void {
  if (text !== '') process.stdout.write(`${text}\n`);
}

function explainFailure(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`stratos: ${error.message}\n\n${usage}`);
    return 2;
  }
  const hint = isFault(error, 'NotFound') ? ' (is the name right, and the namespace?)' : '';
  process.stderr.write(`stratos: ${error instanceof Error ? error.message : String(error)}${hint}\n`);
  return 1;
}

process.exitCode = await main(process.argv.slice(2)).catch(explainFailure);
