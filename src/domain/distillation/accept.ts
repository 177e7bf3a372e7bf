/** Takes a job on, or refuses what this version cannot do before anything is spent. */
import type { Look } from './look.ts';
import { failJob } from './finish.ts';
import { findUnsupported } from './unsupported.ts';

export function acceptJob({ draft }: Look): 'continue' | 'stop' {
  if (draft.getCondition('Accepted')?.status === 'True') {
    draft.condition({ type: 'Accepted', status: 'True', reason: 'Accepted', message: 'the job is valid and can run' });
    return 'continue';
  }
  const unsupported = findUnsupported(draft.job.spec);
  if (unsupported.length > 0) {
    const message = unsupported.join('; ');
    draft.condition({ type: 'Accepted', status: 'False', reason: 'Unsupported', message });
    failJob(draft, 'Unsupported', message);
    return 'stop';
  }
  draft.condition({ type: 'Accepted', status: 'True', reason: 'Accepted', message: 'the job is valid and can run' });
  draft.status.cost ??= { spent: '0', currency: draft.job.spec.constraints.budget?.currency ?? 'USD' };
  return 'continue';
}
