/**
 * Decides what a DistillationJob needs next, from what is seen and nothing else.
 *
 *   accept ─> profile ─> plan ─> [pilots ─> plan] ─> [approve] ─> synthesize ─> train ─> evaluate ─> gate ─> publish ─> deploy ─> done
 *                                                                  ^                                │
 *                                                                  └──── next attempt ──────────────┘ (floor missed, or a stage failed)
 *
 * Each step looks at the draft and either lets the next one go on or stops the look. Every step can be repeated at any
 * time with the same outcome: whatever the operator died between, the next look continues from the stored status.
 */
import { acceptJob } from './accept.ts';
import { runAttempt } from './attempt.ts';
import { holdToBudget } from './budget.ts';
import { holdToQuota } from './quota-step.ts';
import type { Decision } from './decision.ts';
import { enforceDeadline } from './deadline.ts';
import { Draft } from './draft.ts';
import { keepFinished } from './finish.ts';
import type { Step } from './look.ts';
import type { Observed, Settings } from './observed.ts';
import { tryPilots } from './pilot-step.ts';
import { awaitApproval, selectPlan } from './plan-step.ts';
import { profileModels } from './profile-step.ts';
import { summarise } from './summary.ts';
import { holdSuspended } from './suspend.ts';
import { sweepFinishedJobs } from './sweep.ts';
import { claimWorkspace } from './workspace.ts';

const steps: readonly Step[] = [
  keepFinished,
  acceptJob,
  holdSuspended,
  holdToBudget,
  holdToQuota,
  enforceDeadline,
  claimWorkspace,
  profileModels,
  selectPlan,
  tryPilots,
  awaitApproval,
  runAttempt,
];

/** @param now milliseconds since the epoch. */
export function decide(observed: Observed, settings: Settings, now: number): Decision {
  const draft = new Draft(observed.job, now);
  const look = { draft, observed, settings };
  sweepFinishedJobs(look);
  for (const step of steps) {
    if (step(look) === 'stop') break;
  }
  summarise(draft);
  return draft.decision();
}
