/** Takes over what a finished stage found. Nothing may be lost: the Job may go only after this is stored. */
import type { Job, Pod } from '../../api/core.ts';
import type { StageStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import { terminationMessage } from '../pod-trouble.ts';
import { chargeStage } from './charge.ts';
import { recordResult } from './record-result.ts';
import { pendingRecord, type StageOutcome, type StageRun } from './run-stage.ts';
import { parseStageMessage } from './stage-result.ts';
import { stageWords } from './stage.ts';

export interface SettledStage extends StageRun {
  readonly record: StageStatus;
  readonly job: Job;
  readonly pods: readonly Pod[];
}

type Results = readonly Readonly<Record<string, unknown>>[];

export function settleSuccess(settled: SettledStage): StageOutcome {
  const { draft, stage, job } = settled;
  const results = collectResults(settled);
  if (results.length < (job.spec.completions ?? 1)) return awaitOrRestart(settled);
  const message = recordResult(draft, stage, results);
  draft.putStage({
    ...chargeStage({ ...settled, minimumSeconds: 0 }),
    state: 'Succeeded',
    completionTime: job.status?.completionTime ?? draft.timestamp,
    result: JSON.stringify(results.length === 1 ? results[0] : results).slice(0, 4096),
    message,
  });
  const words = stageWords[stage];
  draft.condition({ type: words.condition, status: 'True', reason: words.done, message });
  draft.event({ type: 'Normal', reason: words.events.done, action: 'Complete', note: message });
  draft.summary = { reason: words.state, message };
  draft.requeueAfter(0);
  return 'busy';
}

/** One result per shard; a shard whose first pod failed has a later one that succeeded. */
function collectResults({ stage, pods }: SettledStage): Results {
  const succeeded = pods.filter((pod) => pod.status?.phase === 'Succeeded');
  return succeeded.flatMap((pod) => {
    const message = parseStageMessage(stage, terminationMessage(pod));
    return message.kind === 'result' ? [message.result] : [];
  });
}

/**
 * The watch of pods may be behind the watch of Jobs. Once the pods are seen and still say nothing readable (removed by hand, or
 * an image that does not keep the contract), the stage runs again: all it finished is in the workspace.
 */
function awaitOrRestart(settled: SettledStage): StageOutcome {
  const { draft, stage, pool, record, job, pods } = settled;
  const done = job.status?.completionTime;
  draft.summary = { reason: stageWords[stage].state, message: `${stage} is done; reading its result` };
  if (pods.some((pod) => pod.status?.phase === 'Running') || draft.now - Date.parse(done ?? draft.timestamp) < 10_000) {
    draft.requeueAfter(1000);
    return 'busy';
  }
  const message = `Job ${job.metadata.name} completed without a readable result in its pods' termination messages`;
  draft.fail({ stage, reason: 'ResultUnreadable', message });
  draft.event({ type: 'Warning', reason: 'ResultUnreadable', action: 'Restart', note: message });
  if ((record.restarts ?? 0) >= 3 || pool === undefined) {
    draft.putStage({ ...record, state: 'Failed', completionTime: draft.timestamp, message });
    return 'failed';
  }
  const next = pendingRecord({ draft, stage, pool, restarts: (record.restarts ?? 0) + 1 });
  draft.putStage({ ...next, completionTime: draft.timestamp, message });
  return 'busy';
}
