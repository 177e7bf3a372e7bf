/** The conditions that tools wait for, worked out from what the steps found. */
import type { Draft } from './draft.ts';

/**
 * `Succeeded` is Unknown while the job runs, its reason is the one-word state. kstatus: `Reconciling` until a plan stands
 * (applied and accepted, not trained for hours), `Stalled` when the job can go no further.
 */
export function summarise(draft: Draft): void {
  const finished = draft.getCondition('Succeeded')?.status;
  if (finished === 'True' || finished === 'False') {
    draft.dropCondition('Reconciling');
    draft.dropCondition('Admitted');
    // The last report of the last stage may never have come: a job that is done does not stand at 33 %.
    if (finished === 'True') draft.status.progress = '100%';
    return;
  }
  draft.condition({ type: 'Succeeded', status: 'Unknown', ...draft.summary });
  if (isSettled(draft)) {
    draft.dropCondition('Reconciling');
    return;
  }
  draft.condition({ type: 'Reconciling', status: 'True', ...draft.summary });
}

/** Nothing more will come of the spec by itself: it has its plan, approved or not, or somebody holds it. */
function isSettled(draft: Draft): boolean {
  const held = draft.job.spec.suspend === true || draft.getCondition('BudgetAvailable')?.status === 'False';
  return held || draft.status.plan?.selected !== undefined;
}
