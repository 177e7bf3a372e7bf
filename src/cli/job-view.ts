/** Shows how far a job has come: its state, each stage, progress, time left, money. */
import { styleText } from 'node:util';
import type { DistillationJob, Score, StageStatus } from '../api/v1alpha1/distillation-job.gen.ts';
import { renderTable } from './table.ts';

const marks = { Pending: '·', Running: '»', Succeeded: '✓', Failed: '✗', Skipped: '-' } as const;
const colours = { Pending: 'gray', Running: 'cyan', Succeeded: 'green', Failed: 'red', Skipped: 'gray' } as const;

/** @param now milliseconds since the epoch, for stages that still run. */
export function renderJob(job: DistillationJob, now: number): string {
  const { metadata, status } = job;
  const summary = status?.conditions?.find(({ type }) => type === 'Succeeded');
  const title = `${styleText('bold', `${metadata.namespace}/${metadata.name}`)}  ${summary?.reason ?? 'New'}`;
  const spent =
    status?.cost === undefined
      ? ''
      : `  spent ${status.cost.spent} ${status.cost.currency}${status.cost.unknown === true ? ' + unknown' : ''}`;
  const rows = (status?.stages ?? []).map((stage) => stageRow(stage, job, now));
  const columns = [
    { title: '' },
    { title: 'STAGE' },
    { title: 'TIME', align: 'right' },
    { title: 'POOL' },
    { title: 'WHAT' },
  ] as const;
  return [title + spent, ...(rows.length === 0 ? [] : [renderTable(columns, rows)]), ...troubles(job)].join('\n');
}

/** Teacher and student side by side, with intervals; empty before the evaluation. */
export function renderScores({ status }: DistillationJob): string {
  const { evaluation, profile } = status ?? {};
  if (evaluation === undefined) return '';
  const rows = [
    scoreRow('teacher', evaluation.teacher ?? profile?.models?.find(({ role }) => role === 'Teacher')),
    scoreRow('student before', evaluation.base),
    scoreRow('student', evaluation.student),
  ].filter((row) => row !== undefined);
  return renderTable(
    [
      { title: 'MODEL' },
      { title: 'ACCURACY', align: 'right' },
      { title: '95% INTERVAL' },
      { title: 'EXAMPLES', align: 'right' },
    ],
    rows,
  );
}

function stageRow(stage: StageStatus, job: DistillationJob, now: number): string[] {
  const { state, name, pool, message } = stage;
  const what = state === 'Running' ? progress(job, stage) : (message ?? '');
  return [styleText(colours[state], marks[state]), name, duration(stage, now), pool ?? '', what];
}

/** What a stage before this one has reported says nothing about this one. */
function progress({ status }: DistillationJob, { startTime = '' }: StageStatus): string {
  const { trainerStatus } = status ?? {};
  if (trainerStatus === undefined || trainerStatus.lastUpdatedTime < startTime) return 'running';
  const { progressPercentage, estimatedRemainingSeconds, metrics = [] } = trainerStatus;
  const left = estimatedRemainingSeconds === undefined ? '' : `, ${estimatedRemainingSeconds} s left`;
  const values = metrics.map(({ name, value }) => `${name} ${value}`).join(', ');
  return `${bar(progressPercentage ?? 0)} ${progressPercentage ?? 0}%${left}${values === '' ? '' : `  ${values}`}`;
}

function bar(percent: number): string {
  const full = Math.round(Math.min(100, Math.max(0, percent)) / 5);
  return '█'.repeat(full) + '░'.repeat(20 - full);
}

function duration({ startTime, completionTime }: StageStatus, now: number): string {
  if (startTime === undefined) return '';
  const end = completionTime === undefined ? now : Date.parse(completionTime);
  return `${Math.max(0, Math.round((end - Date.parse(startTime)) / 1000))} s`;
}

/** Conditions that say what is wrong, in their own words. */
function troubles({ status }: DistillationJob): string[] {
  const bad = (status?.conditions ?? []).filter(
    ({ type, status: value }) => value === 'False' && type !== 'Suspended' && type !== 'Succeeded',
  );
  return bad.map(({ type, reason, message }) => styleText('yellow', `${type}: ${reason}: ${message}`));
}

function scoreRow(name: string, score: Score | undefined): string[] | undefined {
  if (score === undefined) return undefined;
  return [
    name,
    score.accuracy ?? '?',
    `[${score.accuracyLow ?? '?'}, ${score.accuracyHigh ?? '?'}]`,
    String(score.samples),
  ];
}
