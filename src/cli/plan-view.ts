/** Shows a plan: the front, what was chosen and why, and why the rest lost. */
import { styleText } from 'node:util';
import type { Candidate, DistillationJob, Plan } from '../api/v1alpha1/distillation-job.gen.ts';
import { type Column, renderTable } from './table.ts';

/** The plan of a job as text; a sentence when there is none yet. */
export function renderPlan({ status }: Pick<DistillationJob, 'status'>): string {
  if (status?.plan === undefined) return 'no plan yet';
  const condition = status.conditions?.find(({ type }) => type === 'PlanSelected');
  return renderPlanStatus(status.plan, condition?.message ?? 'no reason given');
}

/** @param why what the planner says for its choice, or against all of them. */
export function renderPlanStatus(plan: Plan, why: string): string {
  const front = plan.front ?? [];
  const parts = [
    `${styleText('bold', `plan ${plan.id}`)}: ${plan.candidatesTotal ?? 0} candidates, ${front.length} on the Pareto front`,
    ...(plan.replacedPlan === undefined ? [] : [`replaces plan ${plan.replacedPlan}: ${plan.replacedReason ?? ''}`]),
    ...(plan.strategyReason === undefined ? [] : [`strategy: ${plan.strategyReason}`]),
    ...(front.length === 0 ? [] : [renderFront(plan)]),
    `${plan.selected === undefined ? 'nothing chosen' : 'chosen'}: ${why}`,
    ...renderAtZero(plan),
    ...renderRejections(plan),
  ];
  return parts.join('\n\n');
}

function renderAtZero({ poolsAtZero = [] }: Plan): string[] {
  return poolsAtZero.length === 0 ? [] : [`at zero, so that a pod first makes a node: ${poolsAtZero.join(', ')}`];
}

interface FrontColumn extends Column {
  readonly of: (candidate: Candidate) => string;
  /** Shown only when candidates differ in it. */
  readonly optional?: true;
}

const FRONT_COLUMNS: readonly FrontColumn[] = [
  { title: 'STUDENT', of: ({ student }) => student },
  { title: 'TEACHER', of: ({ teacher }) => teacher, optional: true },
  { title: 'STRATEGY', of: ({ strategy }) => strategy.replace('Knowledge', '') },
  { title: 'METHOD', of: ({ method }) => method, optional: true },
  { title: 'LOSS', of: ({ loss = 'text' }) => loss, optional: true },
  { title: 'TRAIN ON', of: ({ trainingPool, trainingGpus }) => place(trainingPool, trainingGpus) },
  { title: 'SERVE ON', of: servingPlace },
  { title: 'IN', of: ({ quantization = 'None' }) => quantization, optional: true },
  {
    title: 'ACCURACY',
    of: ({ predicted = {} }) => `${predicted.accuracyLow ?? '?'}..${predicted.accuracyHigh ?? '?'}`,
  },
  { title: 'TRAIN-S', align: 'right', of: ({ predicted }) => String(predicted?.trainingSeconds ?? '?') },
  { title: 'TRAIN-COST', align: 'right', of: ({ predicted }) => money(predicted?.trainingCost) },
  { title: 'TTFT-MS', align: 'right', of: ({ predicted }) => predicted?.timeToFirstTokenMilliseconds ?? '?' },
  { title: 'ITL-MS', align: 'right', of: ({ predicted }) => predicted?.interTokenLatencyMilliseconds ?? '?' },
  { title: '$/H', align: 'right', of: ({ predicted }) => money(predicted?.hourlyCost) },
];

function renderFront({ front = [], selected }: Plan): string {
  const columns = FRONT_COLUMNS.filter(({ optional, of }) => !optional || new Set(front.map(of)).size > 1);
  return renderTable(
    [{ title: '' }, ...columns],
    front.map((candidate) => {
      const chosen = candidate.name === selected?.name;
      const cells = [chosen ? '*' : '', ...columns.map(({ of }) => of(candidate))];
      return chosen ? cells.map((cell) => styleText('green', cell)) : cells;
    }),
  );
}

/** Whole cents are enough to read; less than one is not nothing. */
function money(amount: string | undefined): string {
  if (amount === undefined) return 'unknown';
  const value = Number(amount);
  return value > 0 && value < 0.01 ? '<0.01' : value.toFixed(2);
}

function place(pool: string | undefined, gpus: number | undefined): string {
  if (pool === undefined) return '?';
  return gpus ? `${pool} x${gpus}` : pool;
}

function servingPlace({ servingPool, servingGpus, servingPipeline = 1, servingReplicas = 1 }: Candidate): string {
  const stages = servingPipeline > 1 ? ` in ${servingPipeline} stages` : '';
  return `${servingReplicas > 1 ? `${servingReplicas} times ` : ''}${place(servingPool, servingGpus)}${stages}`;
}

function renderRejections({ rejected = [], rejectedTotal }: Plan): string[] {
  if (rejected.length === 0) return [];
  const table = renderTable(
    [{ title: 'WHY THE REST LOST' }, { title: 'WHAT' }, { title: 'NUMBERS' }],
    rejected.map(({ candidate, reason, message }) => [reason, candidate, message ?? '']),
  );
  return [`${table}\n(${rejectedTotal ?? rejected.length} ruled out in all)`];
}
