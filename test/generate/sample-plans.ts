// Writes docs/sample-plans.md, the plans of the samples for real models on three shapes of clusters:
//
//   node test/generate/sample-plans.ts
import { readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { planCommand } from '../../src/cli/plan-command.ts';
import type { PlanResult } from '../../src/domain/planning/plan.ts';

const root = resolve(import.meta.dirname, '../..');
export const page = join(root, 'docs/sample-plans.md');

/** The day from which the page counts the age of prices: a page that changes by the day could not be checked. */
const today = '2026-01-15';
const jobs = ['gsm8k-qwen', 'gsm8k-llama', 'mahjong-13'];

const head = `<!-- Written by test/generate/sample-plans.ts (\`make generate\`); do not edit. -->
# The plans of the samples

What the planner chooses for the samples with real models, on clusters of three shapes. Each line is what this prints:

\`\`\`sh
stratos plan -f manifests/samples/JOB.yaml --nodes manifests/clusters/CLUSTER.yaml
\`\`\`

Nothing is measured here: the shapes of the models are the catalogue's, accuracies are unknown, and 10,000 training rows are assumed. So
the planner has no reason to take a student or a teacher that is larger than the smallest. In a cluster the profile stage measures both
first, and the plan is made of what it found. Prices of GKE and of one's own servers are examples that the files carry.
`;

const tableHead = `| cluster | student of teacher | strategy, method | trained on | served on | training | first token | next token | serving |
|---|---|---|---|---|---|---|---|---|`;

/** The page; rejects when a sample has no plan on one of the clusters. */
export async function samplePlans(): Promise<string> {
  const clusters = readdirSync(join(root, 'manifests/clusters')).map((file) => file.replace(/\.yaml$/, ''));
  const sections = [];
  for (const job of jobs) {
    const plans = [];
    for (const cluster of clusters.sort()) plans.push({ cluster, plan: await planOf(job, cluster) });
    const rows = plans.map(({ cluster, plan }) => row(cluster, plan));
    const reasons = plans.map(({ cluster, plan }) => `* **${cluster}.** ${plan.explanation}`);
    sections.push([
      `## [${job}](../manifests/samples/${job}.yaml)`,
      [tableHead, ...rows].join('\n'),
      reasons.join('\n'),
    ]);
  }
  return `${[head.trimEnd(), ...sections.flat()].join('\n\n')}\n`;
}

async function planOf(job: string, cluster: string): Promise<PlanResult> {
  const filename = join(root, `manifests/samples/${job}.yaml`);
  const nodes = join(root, `manifests/clusters/${cluster}.yaml`);
  const { text } = await planCommand({ filename, nodes, output: 'json' }, today);
  return JSON.parse(text) as PlanResult;
}

function row(cluster: string, { selected, blocker }: PlanResult): string {
  if (selected === null) throw new Error(`no plan on ${cluster}: ${blocker?.message ?? 'no reason given'}`);
  const { predicted } = selected;
  const cells = [
    `[${cluster}](../manifests/clusters/${cluster}.yaml)`,
    `${selected.student} of ${selected.teacher}`,
    `${selected.strategy}, ${selected.method}`,
    place(selected.trainingPool, selected.trainingGpus),
    place(selected.servingPool, selected.servingGpus, selected.servingReplicas),
    `${Math.round(predicted.trainingSeconds)} s, ${money(predicted.trainingCost)}`,
    `${predicted.timeToFirstTokenMilliseconds.toFixed(0)} ms`,
    `${predicted.interTokenLatencyMilliseconds.toFixed(1)} ms`,
    `${money(predicted.hourlyCost)} an hour`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function place(pool: string, gpus: number, replicas = 1): string {
  return `${replicas > 1 ? `${replicas} times ` : ''}${gpus > 0 ? `${gpus} GPU${gpus > 1 ? 's' : ''} of ` : ''}\`${pool}\``;
}

function money(amount: string | null | undefined): string {
  return amount ? Number(amount).toFixed(2) : 'unknown price';
}

if (import.meta.main) writeFileSync(page, await samplePlans());
