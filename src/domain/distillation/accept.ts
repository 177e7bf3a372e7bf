/** Takes a job on, or refuses what this version cannot do before anything is spent. */
import type { DistillationJob, DistillationJobSpec } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { Draft } from './draft.ts';
import type { Look } from './look.ts';
import { failJob } from './finish.ts';
import { queueLabel } from '../../api/labels.ts';
import { refuseInternalHost } from './internal-hosts.ts';
import { findUnsupported } from './unsupported.ts';

export function acceptJob({ draft }: Look): 'continue' | 'stop' {
  if (draft.getCondition('Accepted')?.status === 'True') {
    draft.condition({ type: 'Accepted', status: 'True', reason: 'Accepted', message: 'the job is valid and can run' });
    return 'continue';
  }
  const { spec } = draft.job;
  const refused =
    refuse(draft, 'Unsupported', [...findUnsupported(spec), ...queueLabelOf(draft.job)]) ||
    refuse(draft, 'TeacherAddressInternal', internalTeachers(spec));
  if (refused) return 'stop';
  draft.condition({ type: 'Accepted', status: 'True', reason: 'Accepted', message: 'the job is valid and can run' });
  draft.status.cost ??= { spent: '0', currency: draft.job.spec.constraints.budget?.currency ?? 'USD' };
  return 'continue';
}

function refuse(draft: Draft, reason: string, sentences: readonly string[]): boolean {
  if (sentences.length === 0) return false;
  const message = sentences.join('; ');
  draft.condition({ type: 'Accepted', status: 'False', reason, message });
  failJob(draft, reason, message);
  return true;
}

/** Kueue would take the DistillationJob for what waits, and stop its Jobs for want of a Workload that nobody makes. */
function queueLabelOf({ metadata }: DistillationJob): string[] {
  const value = metadata.labels?.[queueLabel];
  return value === undefined
    ? []
    : [`metadata.labels[${queueLabel}] is not for a DistillationJob; remove it and set spec.queueName to ${value}`];
}

function internalTeachers({ teachers }: DistillationJobSpec): string[] {
  return teachers.flatMap(({ name, endpoint }) => {
    const problem = endpoint === undefined ? undefined : refuseInternalHost(endpoint.url);
    return problem === undefined
      ? []
      : [`spec.teachers[${name}].endpoint.url ${endpoint?.url} ${problem}; name the host of the API`];
  });
}
