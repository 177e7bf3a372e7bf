/** What teams have spent: by namespace, or by job in one of them; and what their quotas have left. */
import type { DistillationJob } from '../api/v1alpha1/distillation-job.gen.ts';
import type { DistillationQuota } from '../api/v1alpha1/distillation-quota.gen.ts';
import { addMoney, formatCents, formatMoney, type Money, parseMoney, ZERO_MONEY } from '../domain/money.ts';
import { hoursText } from '../domain/quota/usage.ts';
import { compareText } from '../domain/text.ts';
import { renderTable } from './table.ts';

export interface CostReport {
  readonly teams: readonly TeamCost[];
  readonly quotas: readonly QuotaCost[];
}

/** The jobs of a namespace that exist, in one currency. */
interface TeamCost {
  readonly namespace: string;
  readonly currency: string;
  /** Decimal string. */
  readonly spent: string;
  /** Some of it ran where the price is unknown: `spent` is a lower bound. */
  readonly unknown: boolean;
  readonly gpuHours: string;
  readonly jobs: readonly JobCost[];
}

interface JobCost {
  readonly name: string;
  readonly state: string;
  readonly spent: string;
  readonly gpuHours: string;
  readonly budget: string;
  readonly accuracy: string;
}

interface QuotaCost {
  readonly namespace: string;
  readonly name: string;
  readonly currency: string;
  readonly periodEnds: string;
  readonly spent: string;
  readonly reserved: string;
  readonly cap: string;
  readonly gpuHours: string;
  readonly waiting: number;
}

/** Jobs that are gone are in the ledgers of the quotas, and nowhere else. */
export function costReport(jobs: readonly DistillationJob[], quotas: readonly DistillationQuota[]): CostReport {
  const byTeam = Map.groupBy(
    jobs,
    ({ metadata, status }) => `${metadata.namespace} ${status?.cost?.currency ?? 'USD'}`,
  );
  const teams = [...byTeam.values()].map(teamCost);
  return {
    teams: teams.toSorted((a, b) => compareText(a.namespace, b.namespace) || compareText(a.currency, b.currency)),
    quotas: quotas
      .map(quotaCost)
      .toSorted((a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name)),
  };
}

function teamCost(jobs: readonly DistillationJob[]): TeamCost {
  const gpuSeconds = jobs.reduce((sum, { status }) => sum + (status?.cost?.gpuSeconds ?? 0), 0);
  return {
    namespace: jobs[0]?.metadata.namespace ?? '',
    currency: jobs[0]?.status?.cost?.currency ?? 'USD',
    spent: formatMoney(addMoney(...jobs.map(spentBy))),
    unknown: jobs.some(({ status }) => status?.cost?.unknown === true),
    gpuHours: hoursText(gpuSeconds),
    jobs: jobs
      .toSorted((a, b) => Number(spentBy(b) - spentBy(a)) || compareText(a.metadata.name, b.metadata.name))
      .map(jobCost),
  };
}

function jobCost(job: DistillationJob): JobCost {
  const { metadata, spec, status } = job;
  return {
    name: metadata.name,
    state: status?.conditions?.find(({ type }) => type === 'Succeeded')?.reason ?? 'New',
    spent: formatMoney(spentBy(job)),
    gpuHours: hoursText(status?.cost?.gpuSeconds ?? 0),
    budget: spec.constraints.budget?.amount ?? '',
    accuracy: status?.evaluation?.student?.accuracy ?? '',
  };
}

function quotaCost({ metadata, spec, status = {} }: DistillationQuota): QuotaCost {
  const { period, spent, reserved, waiting = 0 } = status;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    currency: spec.currency,
    periodEnds: period?.endTime ?? '',
    spent: spent?.cost ?? '0.00',
    reserved: reserved?.cost ?? '0.00',
    cap: spec.limits.cost ?? '',
    gpuHours: hoursText(spent?.gpuSeconds ?? 0),
    waiting,
  };
}

function spentBy({ status }: DistillationJob): Money {
  return parseMoney(status?.cost?.spent ?? '0') ?? ZERO_MONEY;
}

/** @param detailed one row a job, for a single namespace. */
export function renderCosts({ teams, quotas }: CostReport, detailed: boolean): string {
  const parts = [
    ...(detailed ? teams.map(renderJobs) : [renderTeams(teams)]),
    ...(quotas.length === 0 ? [] : [renderQuotas(quotas, detailed)]),
  ];
  return teams.length === 0 && quotas.length === 0
    ? 'no DistillationJob and no DistillationQuota here'
    : parts.join('\n\n');
}

const right = 'right' as const;

function renderTeams(teams: readonly TeamCost[]): string {
  const columns = [
    { title: 'NAMESPACE' },
    { title: 'JOBS', align: right },
    { title: 'SPENT', align: right },
    { title: 'CURRENCY' },
    { title: 'GPU-HOURS', align: right },
  ];
  return renderTable(
    columns,
    teams.map((team) => [
      team.namespace,
      String(team.jobs.length),
      cents(team.spent) + (team.unknown ? ' + unknown' : ''),
      team.currency,
      team.gpuHours,
    ]),
  );
}

function renderJobs(team: TeamCost): string {
  const columns = [
    { title: 'JOB' },
    { title: 'STATE' },
    { title: `SPENT ${team.currency}`, align: right },
    { title: 'BUDGET', align: right },
    { title: 'GPU-HOURS', align: right },
    { title: 'ACCURACY', align: right },
  ];
  const rows = team.jobs.map((job) => [job.name, job.state, cents(job.spent), job.budget, job.gpuHours, job.accuracy]);
  const sum = ['(all)', '', cents(team.spent) + (team.unknown ? ' + unknown' : ''), '', team.gpuHours, ''];
  return renderTable(columns, [...rows, sum]);
}

function renderQuotas(quotas: readonly QuotaCost[], detailed: boolean): string {
  const columns = [
    { title: 'QUOTA' },
    { title: 'SPENT', align: right },
    { title: 'RESERVED', align: right },
    { title: 'CAP', align: right },
    { title: 'CURRENCY' },
    { title: 'GPU-HOURS', align: right },
    { title: 'WAITING', align: right },
    { title: 'PERIOD ENDS' },
  ];
  return renderTable(
    columns,
    quotas.map((quota) => [
      detailed ? quota.name : `${quota.namespace}/${quota.name}`,
      cents(quota.spent),
      cents(quota.reserved),
      quota.cap,
      quota.currency,
      quota.gpuHours,
      String(quota.waiting),
      quota.periodEnds,
    ]),
  );
}

function cents(amount: string): string {
  return formatCents(parseMoney(amount) ?? ZERO_MONEY);
}
