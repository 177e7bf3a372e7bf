/** Several jobs side by side: what each chose, what came of it, and what it cost. */
import type { DistillationJob, Score } from '../api/v1alpha1/distillation-job.gen.ts';
import { renderTable } from './table.ts';

type Row = readonly [name: string, of: (job: DistillationJob) => string | undefined];

const rows: readonly Row[] = [
  ['state', ({ status }) => status?.conditions?.find(({ type }) => type === 'Succeeded')?.reason],
  ['teacher', ({ status }) => status?.plan?.selected?.teacher],
  ['student', ({ status }) => status?.plan?.selected?.student],
  ['strategy', ({ status }) => status?.plan?.selected?.strategy],
  ['method', ({ status }) => status?.plan?.selected?.method],
  ['trained on', ({ status }) => placeOf(status?.plan?.selected?.trainingPool, status?.plan?.selected?.trainingGpus)],
  ['predicted accuracy', ({ status }) => predictedOf(status?.plan?.selected?.predicted)],
  ['accuracy', ({ status }) => scoreOf(status?.evaluation?.student)],
  ['  before training', ({ status }) => scoreOf(status?.evaluation?.base)],
  ['  of the teacher', ({ status }) => scoreOf(status?.evaluation?.teacher)],
  ['attempts', ({ status }) => status?.attempts?.length.toString()],
  ['training seconds', (job) => stageSeconds(job, 'Train')],
  ['  predicted', ({ status }) => status?.plan?.selected?.predicted?.trainingSeconds?.toString()],
  ['spent', ({ status }) => (status?.cost === undefined ? undefined : `${status.cost.spent} ${status.cost.currency}`)],
  ['published at', ({ status }) => status?.artifact?.uri],
];

/** One column a job; rows that say nothing about any of them are left out. */
export function renderComparison(jobs: readonly DistillationJob[]): string {
  const columns = [{ title: '' }, ...jobs.map(({ metadata }) => ({ title: `${metadata.namespace}/${metadata.name}` }))];
  const table = rows
    .map(([name, of]) => [name, ...jobs.map((job) => of(job) ?? '')])
    .filter(([, ...cells]) => cells.some((cell) => cell !== ''));
  return [renderTable(columns, table), ...verdict(jobs)].join('\n\n');
}

/** Intervals that overlap do not tell two students apart; and scores of different tasks never do. */
function verdict(jobs: readonly DistillationJob[]): string[] {
  const tasks = new Set(jobs.map(({ spec }) => JSON.stringify([spec.task.evaluation, spec.task.metric])));
  if (tasks.size > 1)
    return ['These jobs are evaluated on different data or by different metrics: their accuracies do not compare.'];
  const ranked = jobs
    .flatMap(({ metadata, status }) => {
      const { accuracyLow, accuracyHigh } = status?.evaluation?.student ?? {};
      if (accuracyLow === undefined || accuracyHigh === undefined) return [];
      return [{ name: metadata.name, low: Number(accuracyLow), high: Number(accuracyHigh) }];
    })
    .toSorted((a, b) => b.low - a.low);
  const [best, next] = ranked;
  if (best === undefined || next === undefined) return [];
  const rivals = ranked.slice(1).filter(({ high }) => high >= best.low);
  return rivals.length === 0
    ? [`${best.name} is the most accurate: its 95 % interval lies above the others.`]
    : [
        `The 95 % intervals of ${[best, ...rivals].map(({ name }) => name).join(' and ')} overlap: this evaluation does not tell them apart.`,
      ];
}

function placeOf(pool: string | undefined, gpus: number | undefined): string | undefined {
  return pool === undefined ? undefined : `${pool}${gpus === undefined || gpus === 0 ? '' : ` x${gpus}`}`;
}

function predictedOf(predicted: { accuracyLow?: string; accuracyHigh?: string } | undefined): string | undefined {
  if (predicted?.accuracyLow === undefined) return undefined;
  return `${predicted.accuracyLow} to ${predicted.accuracyHigh}`;
}

function scoreOf(score: Score | undefined): string | undefined {
  return score === undefined ? undefined : `${score.accuracy} [${score.accuracyLow}, ${score.accuracyHigh}]`;
}

function stageSeconds({ status }: DistillationJob, name: string): string | undefined {
  const stage = status?.stages?.find((candidate) => candidate.name === name);
  if (stage?.startTime === undefined || stage.completionTime === undefined) return undefined;
  return String(Math.round((Date.parse(stage.completionTime) - Date.parse(stage.startTime)) / 1000));
}
