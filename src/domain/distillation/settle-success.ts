/** Takes over what a finished stage found. Nothing may be lost: the Job may go only after this is stored. */
import type { Condition } from '../../api/v1alpha1/distillation-job.gen.ts';
import { terminationMessage } from '../pod-trouble.ts';
import { chargeStage } from './charge.ts';
import { chargeEndpoints } from './endpoint-bill.ts';
import { judge } from './gate.ts';
import { shardOf } from './job-state.ts';
import { recordResult } from './record-result.ts';
import { optional, type StageResult } from './result-fields.ts';
import { pendingRecord } from './pending-record.ts';
import { estimateStage } from './stage-estimate.ts';
import type { SettledStage, StageOutcome } from './stage-run.ts';
import { parseStageMessage } from './stage-result.ts';
import { stageWords } from './stage.ts';

type Results = readonly StageResult[];

/** What the CRD allows in a stage's `result`. */
const longestResult = 4096;

export function settleSuccess(settled: SettledStage): StageOutcome {
  const { draft, stage, job } = settled;
  const results = collectResults(settled);
  if (results.length < (job.spec.completions ?? 1)) return awaitOrRestart(settled);
  const message = recordResult(draft, stage, results);
  draft.putStage({
    ...chargeEndpoints(draft, chargeStage({ ...settled, minimumSeconds: 0 }), settled.pods),
    state: 'Succeeded',
    completionTime: job.status?.completionTime ?? draft.timestamp,
    ...kept(results),
    ...optional('estimate', estimateStage(settled, results)),
    message,
  });
  const words = stageWords[stage];
  draft.condition({ type: words.condition, ...verdictOn(settled, message) });
  draft.event({ type: 'Normal', reason: words.events.done, action: 'Complete', note: message });
  draft.summary = { reason: words.state, message };
  return 'busy';
}

/** As the stage told it, when the status has room for all of it: half of a JSON document is none. */
function kept(results: Results): { result?: string } {
  const result = JSON.stringify(results.length === 1 ? results[0] : results);
  return result.length <= longestResult ? { result } : {};
}

/** One trial is measured, and the search may go on. A measured student may still not be published: the gate has the word from the first moment on. */
function verdictOn({ draft, stage }: SettledStage, message: string): Pick<Condition, 'status' | 'reason' | 'message'> {
  if (stage === 'Pilot') return { status: 'Unknown', reason: stageWords[stage].state, message };
  if (stage !== 'Evaluate') return { status: 'True', reason: stageWords[stage].done, message };
  const verdict = judge(draft.job.spec, draft.status.evaluation);
  return { status: verdict.passed ? 'True' : 'False', reason: verdict.reason, message: verdict.message };
}

/** One result per shard, in their order; a shard may have had several pods. */
function collectResults({ stage, pods }: SettledStage): Results {
  const byShard = new Map<number, StageResult>();
  for (const pod of pods) {
    if (pod.status?.phase !== 'Succeeded') continue;
    const message = parseStageMessage(stage, terminationMessage(pod));
    if (message.kind === 'result') byShard.set(shardOf(pod), message.result);
  }
  return [...byShard].sort(([a], [b]) => a - b).map(([, result]) => result);
}

/**
 * The watch of pods may be behind the watch of Jobs. Once the pods are seen and still say nothing readable (removed by hand, or
 * an image that does not keep the contract), the stage runs again: all it finished is in the workspace.
 */
function awaitOrRestart(settled: SettledStage): StageOutcome {
  const { draft, stage, pool, part, record, job, pods } = settled;
  const done = job.status?.completionTime;
  draft.summary = { reason: stageWords[stage].state, message: `${stage} is done; reading its result` };
  if (pods.some((pod) => pod.status?.phase === 'Running') || draft.now - Date.parse(done ?? draft.timestamp) < 10_000) {
    draft.requeueAfter(1000);
    return 'busy';
  }
  const charged = chargeEndpoints(draft, chargeStage({ ...settled, minimumSeconds: 0 }), pods);
  const message = `Job ${job.metadata.name} completed without a readable result in its pods' termination messages`;
  draft.fail({ stage, reason: 'ResultUnreadable', message });
  draft.event({ type: 'Warning', reason: 'ResultUnreadable', action: 'Restart', note: message });
  if ((record.restarts ?? 0) >= 3 || pool === undefined) {
    draft.putStage({ ...charged, state: 'Failed', completionTime: draft.timestamp, message });
    return 'failed';
  }
  const next = pendingRecord({ draft, stage, pool, part, before: charged });
  draft.putStage({ ...next, completionTime: draft.timestamp, message });
  return 'busy';
}
