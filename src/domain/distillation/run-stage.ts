/**
 * Drives one stage of an attempt.
 *
 *            no record ──> Pending ──> Running ──> Succeeded
 *                            ^  |         |
 *                  mendable  |  └ Job ────┤ Job failed
 *                            └────────────┴──> Failed
 *
 * The record is stored before the Job is created, and the result is stored before the Job may vanish: whatever the operator
 * dies between, the next one finds what was meant (the record's job name) or what was done (the Job, by that name).
 */
import type { Job, Pod } from '../../api/core.ts';
import { childLabels } from '../../api/labels.ts';
import type { StageStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import { missingClaimTemplate } from '../claim-template.ts';
import { findTrouble, type PodTrouble } from '../pod-trouble.ts';
import { chargeStage } from './charge.ts';
import { endpointBudget } from './endpoint-bill.ts';
import { type Draft, poolWaitMs, type Summary } from './draft.ts';
import { hasCondition, isPodless, podlessMs, podsOf } from './job-state.ts';
import { pendingRecord } from './pending-record.ts';
import { optional } from './result-fields.ts';
import { settleFailure } from './settle-failure.ts';
import { settleSuccess } from './settle-success.ts';
import { followAdmission } from './follow-queued.ts';
import { isQueued } from './queue.ts';
import { awaitKueue, forgetQueue, isWithdrawn } from './queue-mirror.ts';
import { buildStageJob } from './stage-job.ts';
import type { StageOutcome, StageRun } from './stage-run.ts';
import { stageWords } from './stage.ts';

/** How often a running stage is looked at for its cost, without any change to wake us. */
const costTickMs = 60_000;

type Trouble = Pick<PodTrouble, 'reason' | 'message'>;

export function runStage(run: StageRun): StageOutcome {
  const record = run.draft.stage(run.stage);
  if (record?.state === 'Succeeded') return 'done';
  if (record?.state === 'Failed') return 'failed';
  if (record === undefined) return intend(run);
  const job = run.observed.stageJobs.get(record.jobName ?? '');
  if (job === undefined) return record.jobUID === undefined ? start(run, record) : restartVanished(run, record);
  return follow(run, record, job);
}

function intend(run: StageRun): StageOutcome {
  const { draft, stage, pool, part } = run;
  if (pool === undefined) return waitForPool(run);
  const record = pendingRecord({ draft, stage, pool, part, before: undefined });
  draft.putStage(record);
  draft.summary = starting(record);
  return 'busy';
}

/** Whoever gave the operator no nodes to look at has to describe them. */
const hidden =
  'the operator may not read nodes, so it knows those pools alone that a ServerPool with limits.maxNodes or the value serverPools of the chart describes';

function waitForPool({ draft, stage, observed }: StageRun): StageOutcome {
  const { condition, state } = stageWords[stage];
  const known = `no pool that could run ${stage} is in the cluster now; waiting for one`;
  const message = observed.nodesHidden ? `${known}: ${hidden}` : known;
  draft.condition({ type: condition, status: 'False', reason: 'PoolUnavailable', message });
  draft.summary = { reason: state, message };
  draft.requeueAfter(poolWaitMs);
  return 'busy';
}

function start(run: StageRun, record: StageStatus): StageOutcome {
  const { draft, stage, pool } = run;
  if (pool === undefined) return waitForPool(run);
  if (awaitKueue(draft, run.observed.kueue)) return 'busy';
  const waitMs = backoffLeft(record, draft.now);
  draft.summary = starting(record);
  if (waitMs > 0) {
    draft.requeueAfter(waitMs);
    return 'busy';
  }
  const job = buildStageJob({
    job: draft.job,
    stage,
    attempt: record.attempt,
    choice: run.choice,
    pilot: run.pilot,
    probe: run.probe,
    jobName: record.jobName ?? '',
    workspaceClaim: run.workspaceClaim,
    pool,
    ceiling: run.observed.podCeiling,
    image: draft.job.spec.image ?? run.settings.trainerImage,
    podUserId: run.settings.podUserId,
    progress: run.settings.progress,
    endpointBudget: endpointBudget(draft, record, run.pilot?.endpointBudget),
  });
  provideClaim(run, job);
  draft.act({ type: 'create-stage-job', job });
  return 'busy';
}

/** Also while it runs: whoever removes the template would keep a pod that is made anew from starting. */
function provideClaim({ draft, observed }: StageRun, { spec }: Job): void {
  const labels = childLabels({ job: draft.job.metadata.name });
  const present = observed.claimTemplates;
  const template = missingClaimTemplate(spec.template, { owner: draft.job, labels, present });
  if (template !== undefined) draft.act({ type: 'create-claim-template', template });
}

/** The same words before and after the record is stored: a look at it that changes nothing writes nothing. */
function starting({ name, pool, message }: StageStatus): Summary {
  return { reason: stageWords[name].state, message: message ?? `${name} is about to start on pool ${pool}` };
}

/** 10 s doubling to 5 min after each mendable failure, counted from the failure. */
function backoffLeft(record: StageStatus, now: number): number {
  if (record.completionTime === undefined) return 0;
  const pauseMs = Math.min(300_000, 10_000 * 2 ** Math.max(0, (record.restarts ?? 1) - 1));
  return Date.parse(record.completionTime) + pauseMs - now;
}

/**
 * Somebody deleted the Job, or we took it out of its queue: it is started again from the workspace, where everything finished is
 * kept. Under the same name: should the Job be there after all, and our view of Jobs old, the create is AlreadyExists and nothing
 * runs twice.
 */
function restartVanished(run: StageRun, record: StageStatus): StageOutcome {
  const { draft, stage, pool, part } = run;
  if (pool === undefined) return waitForPool(run);
  const ours = isWithdrawn(draft);
  const message = ours
    ? `${stage} goes on from the workspace; Job ${record.jobName} queues again`
    : `Job ${record.jobName} was deleted before ${stage} was done; starting it again from the workspace`;
  const again = pendingRecord({ draft, stage, pool, part, before: record });
  draft.putStage({ ...again, ...optional('jobName', record.jobName), message });
  if (!ours) draft.event({ type: 'Warning', reason: 'StageJobDeleted', action: 'Restart', note: message });
  draft.summary = { reason: stageWords[stage].state, message };
  return 'busy';
}

function follow(run: StageRun, record: StageStatus, job: Job): StageOutcome {
  const { draft } = run;
  const pods = podsOf(run.observed.pods, job);
  const seen = record.state === 'Running' ? record : announce(run, record, job);
  if (hasCondition(job, 'Complete')) return settleSuccess({ ...run, record: seen, job, pods });
  if (hasCondition(job, 'Failed')) return settleFailure({ ...run, record: seen, job, pods });
  if (isQueued(job, run.observed.kueue)) {
    if (!followAdmission(run, seen, job)) return 'busy';
  } else {
    resume(draft, job);
  }
  provideClaim(run, job);
  const trouble = findTrouble(pods) ?? podless(job, pods, run);
  draft.putStage(chargeStage({ ...run, record: seen, pods, minimumSeconds: costTickMs / 1000 }));
  draft.requeueAfter(pods.length === 0 ? podlessMs : costTickMs);
  report(run, trouble?.reason, trouble?.message);
  return 'busy';
}

/** It was suspended by us, or by somebody who left it to us. */
function resume(draft: Draft, { metadata, spec }: Job): void {
  forgetQueue(draft);
  if (spec.suspend !== true) return;
  draft.act({ type: 'suspend-stage-job', name: metadata.name, uid: metadata.uid ?? '', suspend: false });
}

/** A quota, an admission policy or a missing ServiceAccount: the Job controller says so in an event of the Job, and nowhere else. */
function podless(job: Job, pods: readonly Pod[], { draft, observed }: StageRun): Trouble | undefined {
  if (!isPodless(job, pods, draft.now)) return undefined;
  const { name } = job.metadata;
  const refusal = observed.refusals.get(name);
  const message = refusal ?? `kubectl describe job ${name} says why none could be created`;
  return { reason: 'PodsNotCreated', message: `Job ${name} has no pod: ${message}` };
}

function announce({ draft, stage }: StageRun, record: StageStatus, job: Job): StageStatus {
  draft.event({
    type: 'Normal',
    reason: stageWords[stage].events.created,
    action: 'Create',
    note: `Created Job ${job.metadata.name} on pool ${record.pool}`,
  });
  const { message: _old, completionTime: _older, ...rest } = record;
  return { ...rest, state: 'Running', jobUID: job.metadata.uid ?? '', startTime: job.metadata.creationTimestamp ?? '' };
}

/** A pod that cannot start shows as the stage's condition, with the original message; it clears by itself. */
function report({ draft, stage }: StageRun, reason: string | undefined, message: string | undefined): void {
  const words = stageWords[stage];
  const text = message ?? `${stage} is running`;
  draft.condition({
    type: words.condition,
    status: reason === undefined ? 'Unknown' : 'False',
    reason: reason ?? words.state,
    message: text,
  });
  draft.summary = { reason: words.state, message: text };
}
