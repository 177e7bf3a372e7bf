/** Shows a plan: the front, what was chosen and why, and why the rest lost. */
import { styleText } from 'node:util';
import type { Candidate, DistillationJob, Plan } from '../api/v1alpha1/distillation-job.gen.ts';
import { renderTable } from './table.ts';

/** The plan of a job as text; a sentence when there is none yet. */
export function renderPlan({ status }: DistillationJob): string {
  if (status?.plan === undefined) return 'no plan yet';
  const condition = status.conditions?.find(({ type }) => type === 'PlanSelected');
  return renderPlanStatus(status.plan, condition?.message ?? 'no reason given');
}

/** @param why what the planner says for its choice, or against all of them. */
export function renderPlanStatus(plan: Plan, why: string): string {
  const front = plan.front ?? [];
  const parts = [
    `${styleText('bold', `plan ${plan.id}`)}: ${plan.candidatesTotal ?? 0} candidates, ${front.length} on the Pareto front`,
    ...(plan.strategyReason === undefined ? [] : [`strategy: ${plan.strategyReason}`]),
    ...(front.length === 0 ? [] : [renderFront(plan)]),
    `${plan.selected === undefined ? 'nothing chosen' : 'chosen'}: ${why}`,
    ...renderRejections(plan),
  ];
  return parts.join('\n\n');
}

function renderFront({ front = [], selected }: Plan): string {
  const columns = [
    { title: '' },
    { title: 'STUDENT' },
    { title: 'STRATEGY' },
    { title: 'TRAIN ON' },
    { title: 'SERVE ON' },
    { title: 'ACCURACY' },
    { title: 'TRAIN-S', align: 'right' },
    { title: 'TRAIN-COST', align: 'right' },
    { title: 'TTFT-MS', align: 'right' },
    { title: 'ITL-MS', align: 'right' },
    { title: '$/H', align: 'right' },
  ] as const;
  return renderTable(
    columns,
    front.map((candidate) => row(candidate, candidate.name === selected?.name)),
  );
}

function row(candidate: Candidate, chosen: boolean): string[] {
  const { predicted = {} } = candidate;
  const cells = [
    chosen ? '*' : '',
    candidate.student,
    candidate.strategy.replace('Knowledge', ''),
    place(candidate.trainingPool, candidate.trainingGpus),
    place(candidate.servingPool, candidate.servingGpus),
    `${predicted.accuracyLow ?? '?'}..${predicted.accuracyHigh ?? '?'}`,
    String(predicted.trainingSeconds ?? '?'),
    predicted.trainingCost ?? 'unknown',
    predicted.timeToFirstTokenMilliseconds ?? '?',
    predicted.interTokenLatencyMilliseconds ?? '?',
    predicted.hourlyCost ?? 'unknown',
  ];
  return chosen ? cells.map((cell) => styleText('green', cell)) : cells;
}

function place(pool: string | undefined, gpus: number | undefined): string {
  if (pool === undefined) return '?';
  return gpus ? `${pool} x${gpus}` : pool;
}

function renderRejections({ rejected = [], rejectedTotal }: Plan): string[] {
  if (rejected.length === 0) return [];
  const table = renderTable(
    [{ title: 'WHY THE REST LOST' }, { title: 'WHAT' }, { title: 'NUMBERS' }],
    rejected.map(({ candidate, reason, message }) => [reason, candidate, message ?? '']),
  );
  return [`${table}\n(${rejectedTotal ?? rejected.length} ruled out in all)`];
}
