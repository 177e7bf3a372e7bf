#!/usr/bin/env node
/** The command line: `stratos`, or `kubectl stratos` when it is on the PATH as kubectl-stratos. */
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { distillationJobs, distillationQuotas } from '../api/resources.ts';
import type { DistillationJob } from '../api/v1alpha1/distillation-job.gen.ts';
import type { DistillationQuota } from '../api/v1alpha1/distillation-quota.gen.ts';
import { isFault } from '../kube/errors.ts';
import type { Resource } from '../kube/types.ts';
import { type Connection, withCluster } from './connect.ts';
import { renderComparison } from './compare-view.ts';
import { costReport, renderCosts } from './cost-view.ts';
import { estimateCommand } from './estimate-command.ts';
import { renderJob, renderScores } from './job-view.ts';
import { LiveScreen } from './live-screen.ts';
import { mixCommand } from './mix-command.ts';
import { type CommandResult, planCommand } from './plan-command.ts';
import { renderPilots } from './pilots-view.ts';
import { renderPlan } from './plan-view.ts';
import { poolsCommand } from './pools-command.ts';
import { UsageError } from './usage-error.ts';

const usage = `stratos: plan distillations and look at them

  stratos plan -f JOB        what would be chosen, and why; nothing is started
  stratos pools              what the planner sees of the cluster: free GPUs, prices and their age, findings
  stratos mix -f JOB         the cheapest mix of servers for requests of several sizes (--loads)
  stratos estimate -f ROWS   our predictions beside measurements in CSV
  stratos explain NAME       the plan of a running job: the Pareto front, and why the rest lost
  stratos watch NAME         stages, progress, time left and money, until the job ends
  stratos compare NAME ...   jobs side by side: what each chose, what came of it, what it cost
  stratos cost               what the jobs of a namespace cost, and what its quotas have left; -A by namespace

  -A, --all-namespaces   cost: every namespace, one row each
  -n, --namespace NAME   explain, watch, compare, cost: the namespace; that of the kubeconfig's context when left out
  -o, --output FORMAT    table, json or yaml (not watch)
  -f, --filename FILE    plan: a file with a DistillationJob; estimate: rows; - is the standard input
      --nodes FILE       plan, pools: nodes (and pods) from 'kubectl get nodes -o yaml' instead of a cluster
      --prices FILE      plan, pools: your prices, before the shipped ones; the columns of src/data/prices.csv
      --profile FILE     plan: what the profile stage measured, in JSON
      --all              plan: every candidate with its objectives, and everything ruled out
      --svg FILE         plan: the front as a picture
      --loads FILE       mix: CSV with input_tokens, output_tokens, requests_per_second
      --student NAME     mix: which student; the first when left out
      --axes X,Y         plan: two of accuracy, latency, training-time, cost for the plot (cost,latency)
      --constants NAME   plan, estimate: those of current vLLM (default), or vllm-2024
`;

type Options = ReturnType<typeof readArguments>['values'];

interface Invocation {
  readonly options: Options;
  readonly names: readonly string[];
}

const jobs: Resource<DistillationJob> = distillationJobs;
const quotas: Resource<DistillationQuota> = distillationQuotas;
const commands: Readonly<Record<string, (invocation: Invocation) => Promise<number>>> = {
  plan: async ({ options }) => finish(await planCommand(options, today())),
  pools: async ({ options }) => finish(await poolsCommand(options, today())),
  mix: async ({ options }) => finish(await mixCommand(options)),
  estimate: async ({ options }) => finish(estimateCommand(options)),
  explain: async (invocation) => await withJob(invocation, explain),
  watch: async (invocation) => await withJob(invocation, watch),
  compare: async (invocation) => await compare(invocation),
  cost: async (invocation) => await cost(invocation),
};

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(argv);
  if (values.help) {
    print(usage.trimEnd());
    return 0;
  }
  const [verb = '', ...names] = positionals;
  const command = commands[verb];
  if (command === undefined) throw new UsageError(verb === '' ? 'say what to do' : `there is no command '${verb}'`);
  return await command({ options: values, names });
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        namespace: { type: 'string', short: 'n' },
        output: { type: 'string', short: 'o' },
        filename: { type: 'string', short: 'f' },
        nodes: { type: 'string' },
        prices: { type: 'string' },
        profile: { type: 'string' },
        all: { type: 'boolean' },
        svg: { type: 'string' },
        loads: { type: 'string' },
        student: { type: 'string' },
        axes: { type: 'string' },
        constants: { type: 'string' },
        'all-namespaces': { type: 'boolean', short: 'A' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

interface NamedJob extends Connection {
  readonly name: string;
  readonly output: string | undefined;
}

async function withJob({ options, names }: Invocation, use: (job: NamedJob) => Promise<number>): Promise<number> {
  const [name] = names;
  if (name === undefined) throw new UsageError('say the name of a DistillationJob');
  return await withCluster(
    async ({ client, namespace }) =>
      await use({ client, namespace: options.namespace ?? namespace, name, output: options.output }),
  );
}

async function explain({ client, namespace, name, output }: NamedJob): Promise<number> {
  const job = await client.get(jobs, { namespace, name });
  const text = [renderPlan(job), renderPilots(job)].filter(Boolean).join('\n\n');
  print(formatted(job.status?.plan ?? null, output) ?? text);
  return 0;
}

/** Exits with 0 when the job succeeded and 1 when it failed, so that scripts can wait with it. */
async function watch({ client, namespace, name }: NamedJob): Promise<number> {
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

async function compare({ options, names }: Invocation): Promise<number> {
  if (names.length < 2) throw new UsageError('say the names of two or more DistillationJobs');
  return await withCluster(async ({ client, namespace }) => {
    const keys = names.map((name) => ({ namespace: options.namespace ?? namespace, name }));
    print(renderComparison(await Promise.all(keys.map((key) => client.get(jobs, key)))));
    return 0;
  });
}

async function cost({ options }: Invocation): Promise<number> {
  return await withCluster(async ({ client, namespace }) => {
    const everywhere = options['all-namespaces'] === true;
    const where = everywhere ? {} : { namespace: options.namespace ?? namespace };
    const [all, ledgers] = await Promise.all([client.list(jobs, where), client.list(quotas, where)]);
    const report = costReport(all.items, ledgers.items);
    print(formatted(report, options.output) ?? renderCosts(report, !everywhere));
    return 0;
  });
}

/** As a machine reads it; undefined when a table is wanted. */
function formatted(value: unknown, output: string | undefined): string | undefined {
  if (output === 'json') return JSON.stringify(value, undefined, 2);
  if (output === 'yaml') return stringify(value).trimEnd();
  if (output === undefined || output === 'table') return undefined;
  throw new UsageError(`--output must be table, json or yaml; got '${output}'`);
}

function finish({ text, exitCode }: CommandResult): number {
  print(text);
  return exitCode;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function print(text: string): void {
  if (text !== '') process.stdout.write(`${text}\n`);
}

function explainFailure(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`stratos: ${error.message}\n\n'stratos --help' lists commands and options\n`);
    return 2;
  }
  const hint = isFault(error, 'NotFound') ? ' (is the name right, and the namespace?)' : '';
  process.stderr.write(`stratos: ${error instanceof Error ? error.message : String(error)}${hint}\n`);
  return 1;
}

process.exitCode = await main(process.argv.slice(2)).catch(explainFailure);
