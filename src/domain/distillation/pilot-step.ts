/**
 * Tries recipes for a short while where that could change the plan (planning/pilot-search.ts), one after the other: what a
 * trial really cost is known before the next one starts, so together they stay within their share of the budget. A trial is
 * one stage of the job like any other, and its entry in `status.pilots` is stored with the record of its Job.
 */
import type { PilotStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import { addMoney, formatCents, type Money, parseMoney, ZERO_MONEY } from '../money.ts';
import { nextPilot, type SearchLimits, type SearchStep } from '../planning/pilot-search.ts';
import type { Pool } from '../planning/pool.ts';
import type { PlanInputs } from '../planning/request.ts';
import { poolNamed } from './candidate-choice.ts';
import type { Draft } from './draft.ts';
import { isFinished } from './job-state.ts';
import type { Look } from './look.ts';
import { moneyForTrials, mostForJob } from './money-for-trials.ts';
import { mergePilots, startedPilot, toPilot } from './pilot-list.ts';
import { pilotsToCome, planInputs } from './plan-inputs.ts';
import { confirmPlan, replacePlan } from './plan-step.ts';
import { runStage } from './run-stage.ts';
import type { StageOutcome } from './stage-run.ts';
import { workspaceClaimOf } from './workspace.ts';

/** The trainer's own, where the job leaves it open. */
const defaultWarmupSteps = 20;

export function tryPilots(look: Look): 'continue' | 'stop' {
  const { draft } = look;
  endStopped(look);
  if (!pilotsToCome(draft)) return 'continue';
  const running = runningPilot(draft);
  if (running !== undefined && !tryOn(look, running)) return 'stop';
  const step = nextPilot(searchInputs(look), (draft.status.pilots ?? []).map(toPilot), searchLimits(look));
  return step.type === 'start' ? start(look, step) : end(look, step);
}

/** False while it runs, and while its failure is not stored yet. */
function tryOn(look: Look, pilot: PilotStatus): boolean {
  const { draft } = look;
  const outcome = run(look, pilot);
  if (outcome === 'done') draft.putPilot({ ...(runningPilot(draft) ?? pilot), state: 'Measured' });
  if (outcome === 'busy') stopOverspent(look);
  if (outcome === 'failed') settleFailed(look);
  return outcome === 'done';
}

function runningPilot({ status }: Draft): PilotStatus | undefined {
  return status.pilots?.find(({ state }) => state === 'Running');
}

function run({ draft, observed, settings }: Look, pilot: PilotStatus): StageOutcome {
  const before = draft.stage('Pilot');
  const outcome = runStage({
    draft,
    observed,
    settings,
    stage: 'Pilot',
    choice: pilot,
    pool: poolNamed(observed.pools, pilot.pool, pilot.gpus ?? 0),
    workspaceClaim: workspaceClaimOf(draft.job),
    part: `${pilot.name}/${pilot.rung}`,
    pilot,
  });
  if (outcome === 'busy') shortenDeadline(draft, before?.restarts ?? 0, before?.podSeconds ?? 0);
  return outcome;
}

/** A trial that starts again has the time that is left of its own, not all of it anew. */
function shortenDeadline(draft: Draft, restarts: number, podSeconds: number): void {
  const pilot = runningPilot(draft);
  if (pilot?.deadlineSeconds === undefined || (draft.stage('Pilot')?.restarts ?? 0) === restarts) return;
  draft.putPilot({ ...pilot, deadlineSeconds: Math.max(1, pilot.deadlineSeconds - podSeconds) });
}

/**
 * The deadline of its Job stops a trial in time. It counts anew after a suspension, and prices change: what was charged has
 * the last word.
 */
function stopOverspent(look: Look): void {
  const { draft } = look;
  const pilot = runningPilot(draft);
  const record = draft.stage('Pilot');
  const { money, spent } = searchLimits(look);
  if (pilot === undefined || record?.jobUID === undefined || money === null || spent <= money) return;
  const message = `stopped: trial runs have spent ${formatCents(spent)}, more than their share of what the job may spend`;
  draft.putStage({ ...record, state: 'Failed', completionTime: draft.timestamp, message });
  draft.putPilot({ ...pilot, state: 'Dropped', message });
}

/** Its Job goes only once the status says that it was stopped; a Job that is gone without that would be started again. */
function endStopped({ draft, observed }: Look): void {
  const record = observed.job.status?.stages?.find(({ name }) => name === 'Pilot');
  const job = observed.stageJobs.get(record?.jobName ?? '');
  if (record?.state !== 'Failed' || job === undefined || isFinished(job)) return;
  if (job.metadata.deletionTimestamp !== undefined) return;
  draft.act({ type: 'delete-stage-job', name: job.metadata.name, uid: job.metadata.uid ?? '' });
}

/** A trial whose Job ran into its deadline, or whose tokens reached their limit, had no more money, which says nothing of its recipe. */
function settleFailed({ draft, observed }: Look): void {
  const pilot = runningPilot(draft);
  if (pilot === undefined) return;
  const job = observed.stageJobs.get(draft.stage('Pilot')?.jobName ?? '');
  const conditions = job?.status?.conditions ?? [];
  const outOfMoney =
    draft.status.lastFailure?.reason === 'BudgetExhausted' ||
    conditions.some(({ type, reason }) => type === 'Failed' && reason === 'DeadlineExceeded');
  const message = draft.status.lastFailure?.message ?? 'the stage failed';
  draft.putPilot({ ...pilot, state: outOfMoney ? 'Dropped' : 'Failed', message });
  if (outOfMoney) return;
  draft.event({
    type: 'Warning',
    reason: 'PilotFailed',
    action: 'Pilot',
    note: `${pilot.name} is ruled out: ${message}`,
  });
}

function start(look: Look, step: Extract<SearchStep, { type: 'start' }>): 'stop' {
  const { draft } = look;
  draft.status.pilots = mergePilots(draft.status.pilots, step.pilots);
  const next = runningPilot(draft);
  if (next === undefined) return 'stop';
  const started = startedPilot(next, step);
  draft.status.pilots = draft.status.pilots.map((pilot) => (pilot.name === next.name ? started : pilot));
  draft.dropStages(['Pilot']);
  const { teacher, student, strategy, method, loss } =
    step.pilots.find(({ name }) => name === step.name)?.recipe ?? next;
  const message = `trying ${student} from ${teacher} by ${strategy} (${[method, ...(loss === undefined ? [] : [loss])].join(', ')}) for ${step.size.steps} steps`;
  draft.condition({ type: 'Piloted', status: 'Unknown', reason: 'Piloting', message });
  run(look, started);
  return 'stop';
}

function end(look: Look, { pilots, reason, message }: Extract<SearchStep, { type: 'over' }>): 'continue' | 'stop' {
  look.draft.status.pilots = mergePilots(look.draft.status.pilots, pilots);
  if (pilots.length === 0) delete look.draft.status.pilots;
  return finish(look, reason, message);
}

/** The plan is made anew with what was measured; where nothing was, it stands, but for what was left open until now. */
function finish(look: Look, reason: string, message: string): 'continue' | 'stop' {
  const { draft } = look;
  const tried = (draft.status.pilots ?? []).length > 0;
  draft.status.pilots
    ?.filter(({ state }) => state === 'Pending')
    .forEach((pilot) => draft.putPilot({ ...pilot, state: 'Dropped' }));
  draft.condition({ type: 'Piloted', status: 'True', reason, message });
  if (tried) draft.event({ type: 'Normal', reason: 'PilotsFinished', action: 'Pilot', note: message });
  return tried ? replacePlan(look, `trial runs are over: ${message}`) : confirmPlan(look, `no trial runs: ${message}`);
}

/**
 * The pools of the plan, as if nobody else used them: a pod that comes or goes on one of them must not change which recipes
 * are worth a trial while trials are under way.
 */
function searchInputs(look: Look): PlanInputs {
  const { draft } = look;
  const inputs = planInputs(look);
  const { selected, front = [] } = draft.status.plan ?? {};
  const named = new Set([selected, ...front].flatMap((one) => [one?.trainingPool, one?.servingPool]));
  return { ...inputs, pools: inputs.pools.filter(({ name }) => named.has(name)).map(asIfFree) };
}

function asIfFree(pool: Pool): Pool {
  const nodes = pool.nodes.map((node) => ({
    ...node,
    freeGpus: node.totalGpus,
    freeCpuMillis: node.totalCpuMillis,
    freeMemoryBytes: node.totalMemoryBytes,
  }));
  return { ...pool, nodes };
}

function searchLimits({ draft: { job, status }, observed }: Look): SearchLimits {
  const { search, task, training, constraints } = job.spec;
  const spent = addMoney(...(status.pilots ?? []).map(({ cost }) => amountOf(cost)));
  return {
    maxPilots: search.maxPilots,
    money: moneyForTrials(mostForJob(job.spec, observed), search.maxBudgetFraction, {
      total: amountOf(status.cost?.spent),
      ofTrials: spent,
    }),
    spent,
    currency: constraints.budget?.currency ?? 'USD',
    probeSamples: task.probeSamples,
    warmupSteps: training.warmupSteps ?? defaultWarmupSteps,
  };
}

function amountOf(text: string | undefined): Money {
  return parseMoney(text ?? '0') ?? ZERO_MONEY;
}
