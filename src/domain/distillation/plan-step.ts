/** Makes the plan from what was measured, makes it anew while it may still change, and waits for whoever has to approve it. */
import type { Candidate, Plan } from '../../api/v1alpha1/distillation-job.gen.ts';
import { type KeptPlan, materialChange } from '../planning/material-change.ts';
import { makePlan, type PlanResult } from '../planning/plan.ts';
import { basisId, planId } from '../planning/plan-id.ts';
import { planStatus } from '../planning/plan-status.ts';
import type { Strategy } from '../planning/request.ts';
import { nextCandidate } from './candidate-choice.ts';
import { type Draft, poolWaitMs } from './draft.ts';
import type { Look } from './look.ts';
import { pilotsToCome, planInputs } from './plan-inputs.ts';
import { optional } from './result-fields.ts';

/**
 * Without a selection the plan is made again whenever the pools change, and the job waits. With one it is made again when
 * something material has changed, until the first stage that follows it has begun; from then on it stands.
 */
export function selectPlan(look: Look): 'continue' | 'stop' {
  const { draft } = look;
  const { plan } = draft.status;
  if (plan?.selected === undefined) return adopt(look, makePlan(planInputs(look)), undefined);
  // Trial runs end in a new plan anyway.
  if (hasBegun(draft) || pilotsToCome(draft)) return 'continue';
  const inputs = planInputs(look);
  if (planId(inputs) === plan.id) return 'continue';
  const result = makePlan(inputs);
  const change = materialChange(keptOf(plan), inputs, result);
  if (change === null) return 'continue';
  return adopt(look, result, change);
}

/** The plan stands where what was left open until now makes no difference. */
export function confirmPlan(look: Look, reason: string): 'continue' | 'stop' {
  const result = makePlan(planInputs(look));
  return result.selected?.name === look.draft.status.plan?.selected?.name ? 'continue' : adopt(look, result, reason);
}

/** @param reason why the plan in force no longer holds. */
export function replacePlan(look: Look, reason: string): 'continue' | 'stop' {
  return adopt(look, makePlan(planInputs(look)), reason);
}

/**
 * The pool that was to train is gone while the data was written. The data is good for its teacher and its strategy: with
 * these, the plan is made once more. False when nothing is feasible; then the job waits for the pool.
 */
export function replanTraining(look: Look, { teacher, strategy, trainingPool = '' }: Candidate): boolean {
  const inputs = planInputs(look);
  const { request } = inputs;
  const result = makePlan({
    ...inputs,
    request: {
      ...request,
      teachers: request.teachers.filter(({ name }) => name === teacher),
      strategy: { ...request.strategy, mode: strategy as Strategy },
    },
  });
  if (result.selected === null) return false;
  adopt(look, result, `pool ${trainingPool} is gone before training has begun`);
  return true;
}

/** Data is written for one teacher and one strategy: from the record of that stage on, the plan is being carried out. */
function hasBegun(draft: Draft): boolean {
  return (draft.status.attempts ?? []).length > 1 || draft.stage('Synthesize') !== undefined;
}

function adopt(look: Look, result: PlanResult, reason: string | undefined): 'continue' | 'stop' {
  const { draft } = look;
  const before = draft.status.plan;
  const replaces =
    before?.selected === undefined || reason === undefined || before.id === result.id ? undefined : before.id;
  const plan: Plan = {
    ...planStatus(result),
    madeTime: draft.timestamp,
    basis: basisId(planInputs(look)),
    ...optional('replacedPlan', replaces ?? before?.replacedPlan),
    ...optional('replacedReason', replaces === undefined ? before?.replacedReason : reason),
  };
  if (result.selected === null) return waitForPlan(draft, plan, result.blocker);
  // An attempt that has started nothing yet starts with the new plan, once that is approved.
  if (replaces !== undefined && !hasBegun(draft)) delete draft.status.attempts;
  draft.status.plan = plan;
  draft.condition({ type: 'PlanSelected', status: 'True', reason: 'PlanSelected', message: result.explanation });
  tell(
    draft,
    result.explanation,
    replaces === undefined ? undefined : `Plan ${replaces} is replaced by ${plan.id}: ${reason}`,
  );
  return 'continue';
}

function tell(draft: Draft, explanation: string, replaced: string | undefined): void {
  const { id } = draft.status.plan ?? {};
  const selected = {
    type: 'Normal',
    reason: 'PlanSelected',
    action: 'Plan',
    note: `Plan ${id}: ${explanation}`,
  } as const;
  if (replaced !== undefined) draft.event({ type: 'Normal', reason: 'PlanReplaced', action: 'Plan', note: replaced });
  draft.event(selected);
}

function keptOf({ basis = '', selected }: Plan): KeptPlan {
  const { predicted } = selected ?? {};
  return {
    basis,
    name: selected?.name ?? '',
    trainingPool: selected?.trainingPool ?? '',
    servingPool: selected?.servingPool ?? '',
    trainingSeconds: predicted?.trainingSeconds ?? Infinity,
    trainingCost: predicted?.trainingCost,
    hourlyCost: predicted?.hourlyCost,
  };
}

/** Every pod that starts anywhere changes a plan's id: it is stored, and told, when it says something else than the one before. */
function waitForPlan(draft: Draft, plan: Plan, blocker: PlanResult['blocker']): 'stop' {
  const reason = blocker?.reason ?? 'NoFeasibleCandidate';
  const message = blocker?.message ?? 'every candidate breaks a limit';
  const told = draft.getCondition('PlanSelected');
  draft.condition({ type: 'PlanSelected', status: 'False', reason, message });
  if (draft.status.plan?.selected !== undefined || told?.message !== draft.getCondition('PlanSelected')?.message) {
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
  const attempt = draft.status.attempts?.at(-1);
  if (plan === undefined || attempt?.planId === plan.id) return 'continue';
  if (planApproval === 'Manual' && approvedPlan !== plan.id) return waitForApproval(draft, plan);
  const candidate = nextCandidate(plan, (draft.status.attempts ?? []).slice(0, -1));
  if (candidate === undefined) return 'stop';
  if (planApproval === 'Manual') {
    draft.condition({
      type: 'PlanSelected',
      status: 'True',
      reason: 'PlanSelected',
      message: `plan ${plan.id} is approved: ${candidate.name}`,
    });
    const note = `Plan ${plan.id} is approved by spec.approvedPlan: ${candidate.name}; who set it stands in the audit log (policies.auditApprovals)`;
    draft.event({ type: 'Normal', reason: 'PlanApproved', action: 'Plan', note });
  }
  const first = { number: 1, state: 'Running', startTime: draft.timestamp } as const;
  // An attempt under way goes on with the new plan: its data stays.
  draft.putAttempt({ ...(attempt ?? first), planId: plan.id, candidate: candidate.name ?? '' });
  return 'continue';
}

/** An approval is of what a plan said: one of an older plan does not carry over to the plan in its place. */
function waitForApproval(draft: Draft, { id, replacedPlan, replacedReason }: Plan): 'stop' {
  const { approvedPlan } = draft.job.spec;
  const why = approvedPlan === replacedPlan ? `it was replaced (${replacedReason})` : 'that is not the plan in force';
  const older = approvedPlan === undefined ? '' : `; the approval of plan ${approvedPlan} does not carry over: ${why}`;
  const message = `plan ${id} waits for approval: set spec.approvedPlan to ${id}${older}`;
  draft.condition({ type: 'PlanSelected', status: 'False', reason: 'AwaitingApproval', message });
  draft.summary = { reason: 'AwaitingApproval', message };
  draft.requeueAfter(poolWaitMs);
  return 'stop';
}
