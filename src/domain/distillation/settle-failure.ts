/** Says why a stage's Job failed, and whether it is tried again. */
import type { StageStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import { findFailure, newestFailures, type PodTrouble, terminationMessage } from '../pod-trouble.ts';
import { chargeStage } from './charge.ts';
import { chargeEndpoints } from './endpoint-bill.ts';
import { pendingRecord } from './pending-record.ts';
import type { SettledStage, StageOutcome } from './stage-run.ts';
import { isMendable, parseStageMessage } from './stage-result.ts';
import { stageWords } from './stage.ts';

interface Failure {
  readonly reason: string;
  readonly message: string;
  readonly trouble: PodTrouble | undefined;
}

export function settleFailure(settled: SettledStage): StageOutcome {
  const { draft, stage } = settled;
  const failure = explain(settled);
  const charged = chargeEndpoints(draft, chargeStage({ ...settled, minimumSeconds: 0 }), settled.pods);
  draft.fail({
    stage,
    reason: failure.reason,
    message: failure.message,
    ...(failure.trouble === undefined ? {} : { podName: failure.trouble.podName }),
    ...(failure.trouble?.exitCode === undefined ? {} : { exitCode: failure.trouble.exitCode }),
  });
  draft.condition({
    type: stageWords[stage].condition,
    status: 'False',
    reason: failure.reason,
    message: failure.message,
  });
  draft.event({
    type: 'Warning',
    reason: 'StageFailed',
    action: 'Fail',
    note: `${stage}: ${failure.reason}: ${failure.message}`,
  });
  draft.summary = { reason: stageWords[stage].state, message: failure.message };
  return isWorthRetrying(settled, failure) && settled.pool !== undefined
    ? retry({ ...settled, record: charged }, failure)
    : giveUp({ ...settled, record: charged }, failure);
}

/** A trial that has spent its share is over: nobody is asked for more. */
function isWorthRetrying({ stage }: SettledStage, { reason }: Failure): boolean {
  return isMendable(reason) && !(stage === 'Pilot' && reason === 'BudgetExhausted');
}

/** The next Job has another name and starts after a pause; the failed one is swept up once this is stored. */
function retry(settled: SettledStage, failure: Failure): StageOutcome {
  const { draft, stage, pool, part, record } = settled;
  if (pool === undefined) return giveUp(settled, failure);
  const next: StageStatus = pendingRecord({ draft, stage, pool, part, before: record });
  draft.putStage({ ...next, completionTime: draft.timestamp, message: failure.message });
  draft.requeueAfter(1000);
  return 'busy';
}

function giveUp({ draft, record }: SettledStage, failure: Failure): StageOutcome {
  draft.putStage({ ...record, state: 'Failed', completionTime: draft.timestamp, message: failure.message });
  return 'failed';
}

/** The trainer's own words first, then the kubelet's, then the Job controller's. */
function explain({ stage, job, pods }: SettledStage): Failure {
  const trouble = findFailure(pods);
  for (const pod of newestFailures(pods)) {
    const message = parseStageMessage(stage, terminationMessage(pod));
    if (message.kind === 'error') return { ...message.error, trouble };
  }
  if (trouble !== undefined) return { reason: trouble.reason, message: trouble.message, trouble };
  const condition = job.status?.conditions?.find((candidate) => candidate.type === 'Failed');
  return {
    reason: condition?.reason ?? 'JobFailed',
    message: condition?.message ?? `Job ${job.metadata.name} failed`,
    trouble,
  };
}
