/** Runs the stages of an attempt, passes or fails its student, and starts the next attempt while there are any. */
import type { AttemptStatus, Candidate } from '../../api/v1alpha1/distillation-job.gen.ts';
import { findCandidate, nextCandidate, poolNamed } from './candidate-choice.ts';
import type { Look } from './look.ts';
import { deployStudent } from './deploy-step.ts';
import type { Draft } from './draft.ts';
import { failJob, succeed } from './finish.ts';
import { judge } from './gate.ts';
import { replanTraining } from './plan-step.ts';
import { runStage } from './run-stage.ts';
import type { StageOutcome } from './stage-run.ts';
import { attemptStages, type StageName, stageWords } from './stage.ts';
import { workspaceClaimOf } from './workspace.ts';

export function runAttempt(look: Look): 'continue' | 'stop' {
  const { draft } = look;
  const attempt = draft.status.attempts?.at(-1);
  const candidate = findCandidate(draft.status.plan, attempt?.candidate);
  if (attempt === undefined || candidate === undefined) return 'stop';
  for (const stage of attemptStages) {
    const outcome = stage === 'Publish' ? publish(look, candidate) : run(look, candidate, stage);
    if (outcome === 'failed') return endAttempt(look, attempt);
    if (outcome === 'busy') return 'stop';
  }
  if (deployStudent(look) === 'stop') return 'stop';
  draft.putAttempt({
    ...attempt,
    ...scored(look),
    state: 'Succeeded',
    reason: 'Distilled',
    completionTime: draft.timestamp,
  });
  succeed(draft, `${candidate.student} learned from ${candidate.teacher}: ${describe(look)}`);
  return 'stop';
}

function run(look: Look, candidate: Candidate, stage: StageName): StageOutcome {
  const { draft, observed, settings } = look;
  // Publishing copies files: it needs the volume's nodes, and no GPU.
  const gpus = stage === 'Publish' ? 0 : (candidate.trainingGpus ?? 0);
  const pool = poolNamed(observed.pools, candidate.trainingPool, gpus);
  if (stage === 'Train' && pool === undefined && draft.stage('Train') === undefined && replanTraining(look, candidate))
    return 'busy';
  return runStage({
    draft,
    observed,
    settings,
    stage,
    choice: candidate,
    pool,
    workspaceClaim: workspaceClaimOf(draft.job),
  });
}

/** The gate stands before publication: weights that miss the floor are never published. */
function publish(look: Look, candidate: Candidate): StageOutcome {
  const { draft } = look;
  const verdict = judge(draft.job.spec, draft.status.evaluation);
  draft.condition({
    type: 'Evaluated',
    status: verdict.passed ? 'True' : 'False',
    reason: verdict.reason,
    message: verdict.message,
  });
  if (verdict.passed) return run(look, candidate, 'Publish');
  draft.fail({ stage: 'Evaluate', reason: verdict.reason, message: verdict.message });
  draft.event({ type: 'Warning', reason: 'AccuracyTargetMissed', action: 'Evaluate', note: verdict.message });
  return 'failed';
}

function endAttempt(look: Look, attempt: AttemptStatus): 'stop' {
  const { draft } = look;
  const failure = draft.status.lastFailure;
  const reason = failure?.reason ?? 'StageFailed';
  draft.putAttempt({ ...attempt, ...scored(look), state: 'Failed', reason, completionTime: draft.timestamp });
  const { plan, attempts = [] } = draft.status;
  const next =
    plan === undefined || attempts.length >= draft.job.spec.maxAttempts ? undefined : nextCandidate(plan, attempts);
  if (next === undefined) {
    failJob(
      draft,
      reason,
      `attempt ${attempt.number} of at most ${draft.job.spec.maxAttempts}: ${failure?.message ?? reason}`,
    );
    return 'stop';
  }
  forgetAttempt(draft);
  draft.putAttempt({
    number: attempt.number + 1,
    planId: attempt.planId ?? '',
    candidate: next.name ?? '',
    state: 'Running',
    startTime: draft.timestamp,
  });
  const message = `attempt ${attempt.number} ended (${reason}); attempt ${attempt.number + 1} tries ${next.name}`;
  draft.event({ type: 'Normal', reason: 'AttemptStarted', action: 'Retry', note: message });
  draft.summary = { reason: 'Planning', message };
  return 'stop';
}

/** What was true of the last student says nothing about the next; its accuracy stays in its attempt, its cost in the total. */
function forgetAttempt(draft: Draft): void {
  draft.dropStages(attemptStages);
  for (const stage of attemptStages) draft.dropCondition(stageWords[stage].condition);
  delete draft.status.evaluation;
}

function scored({ draft }: Look): { accuracy?: string } {
  const accuracy = draft.status.evaluation?.student?.accuracy;
  return accuracy === undefined ? {} : { accuracy };
}

function describe({ draft }: Look): string {
  const student = draft.status.evaluation?.student;
  return `accuracy ${student?.accuracy} [${student?.accuracyLow}, ${student?.accuracyHigh}], published at ${draft.status.artifact?.uri}`;
}
