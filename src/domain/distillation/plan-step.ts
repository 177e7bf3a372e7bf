/** Makes the plan from what was measured, and waits for whoever has to approve it. */
import type { Plan } from '../../api/v1alpha1/distillation-job.gen.ts';
import { makePlan, type PlanResult } from '../planning/plan.ts';
import { planStatus } from '../planning/plan-status.ts';
import { type Draft, poolWaitMs } from './draft.ts';
import type { Look } from './look.ts';
import { nextCandidate } from './candidate-choice.ts';
import { planInputs } from './plan-inputs.ts';

/** A plan with a selection stands; without one it is made again whenever the pools change, and the job waits. */
export function selectPlan({ draft, observed, settings }: Look): 'continue' | 'stop' {
  if (draft.status.plan?.selected !== undefined) return 'continue';
  const result = makePlan(planInputs(draft, observed, settings));
  const plan = { ...planStatus(result), madeTime: draft.timestamp };
  if (result.selected === null) return waitForPlan(draft, plan, result.blocker);
  draft.status.plan = plan;
  draft.condition({ type: 'PlanSelected', status: 'True', reason: 'PlanSelected', message: result.explanation });
  draft.event({
    type: 'Normal',
    reason: 'PlanSelected',
    action: 'Plan',
    note: `Plan ${plan.id}: ${result.explanation}`,
  });
  return 'continue';
}

/** Every pod that starts anywhere changes a plan's id: it is stored, and told, when it says something else than the one before. */
function waitForPlan(draft: Draft, plan: Plan, blocker: PlanResult['blocker']): 'stop' {
  const reason = blocker?.reason ?? 'NoFeasibleCandidate';
  const message = blocker?.message ?? 'every candidate breaks a limit';
  const told = draft.getCondition('PlanSelected');
  draft.condition({ type: 'PlanSelected', status: 'False', reason, message });
  if (told?.message !== draft.getCondition('PlanSelected')?.message) {
    draft.status.plan = plan;
    draft.event({ type: 'Warning', reason: 'NoFeasiblePlan', action: 'Plan', note: message });
  }
  draft.summary = { reason: 'Planning', message };
  draft.requeueAfter(poolWaitMs);
  return 'stop';
}

export function awaitApproval({ draft }: Look): 'continue' | 'stop' {
  const { plan } = draft.status;
  const { planApproval, approvedPlan } = draft.job.spec;
  if (plan === undefined || (draft.status.attempts ?? []).length > 0) return 'continue';
  if (planApproval === 'Manual' && approvedPlan !== plan.id) {
    const message = `plan ${plan.id} waits for approval: set spec.approvedPlan to ${plan.id}`;
    draft.condition({ type: 'PlanSelected', status: 'False', reason: 'AwaitingApproval', message });
    draft.summary = { reason: 'AwaitingApproval', message };
    return 'stop';
  }
  const candidate = nextCandidate(plan, []);
  if (candidate === undefined) return 'stop';
  if (planApproval === 'Manual') {
    draft.condition({
      type: 'PlanSelected',
      status: 'True',
      reason: 'PlanSelected',
      message: `plan ${plan.id} is approved: ${candidate.name}`,
    });
  }
  draft.putAttempt({
    number: 1,
    planId: plan.id,
    candidate: candidate.name ?? '',
    state: 'Running',
    startTime: draft.timestamp,
  });
  return 'continue';
}
