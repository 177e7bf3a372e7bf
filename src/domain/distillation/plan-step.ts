/** Makes the plan from what was measured, and waits for whoever has to approve it. */
import { makePlan } from '../planning/plan.ts';
import { planStatus } from '../planning/plan-status.ts';
import type { Look } from './look.ts';
import { nextCandidate } from './candidate-choice.ts';
import { planInputs } from './plan-inputs.ts';

/** A plan with a selection stands; without one it is made again whenever the pools change, and the job waits. */
export function selectPlan({ draft, observed }: Look): 'continue' | 'stop' {
  if (draft.status.plan?.selected !== undefined) return 'continue';
  const result = makePlan(planInputs(draft, observed));
  const plan = planStatus(result);
  const same = draft.status.plan?.id === plan.id;
  draft.status.plan = { ...plan, madeTime: same ? (draft.status.plan?.madeTime ?? draft.timestamp) : draft.timestamp };
  if (result.selected === null) {
    const reason = result.blocker?.reason ?? 'NoFeasibleCandidate';
    const message = result.blocker?.message ?? 'every candidate breaks a limit';
    draft.condition({ type: 'PlanSelected', status: 'False', reason, message });
    if (!same) draft.event({ type: 'Warning', reason: 'NoFeasiblePlan', action: 'Plan', note: message });
    draft.summary = { reason: 'Planning', message };
    return 'stop';
  }
  draft.condition({ type: 'PlanSelected', status: 'True', reason: 'PlanSelected', message: result.explanation });
  draft.event({
    type: 'Normal',
    reason: 'PlanSelected',
    action: 'Plan',
    note: `Plan ${plan.id}: ${result.explanation}`,
  });
  return 'continue';
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
