// How long the operator lets others wait, from the API server's own times: from what tells it that a stage may begin to its
// asking for that stage's Job.
import { argoNamespace } from './types.ts';
import type { AuditEvent } from '../cluster-audit.ts';

const argo = `system:serviceaccount:${argoNamespace}:argocd-application-controller`;
const operator = 'system:serviceaccount:stratos-system:stratos-operator';
const jobController = 'system:serviceaccount:kube-system:job-controller';

export interface Pace {
  /** From Argo CD's apply of the DistillationJob to the first pod: what others do in between included. */
  readonly firstPodMs: number;
  /** The operator's own share, by the Job that it then asked for. */
  readonly operatorMs: ReadonlyMap<string, number>;
}

/** From what the audit log holds about a namespace with one DistillationJob. */
export function paceOf(events: readonly AuditEvent[]): Pace {
  const applied = events.find((event) => isCreation(event, argo, 'distillationjobs'));
  const firstPod = events.find((event) => isCreation(event, jobController, 'pods'));
  if (applied === undefined || firstPod === undefined) throw new Error('no job was applied, or it has no pod');
  const operatorMs = new Map<string, number>();
  for (const event of events.filter((each) => isCreation(each, operator, 'jobs'))) {
    const asked = receivedAt(event);
    const told = events.filter((each) => isNews(each) && answeredAt(each) <= asked).at(-1) ?? applied;
    operatorMs.set(event.objectRef?.name ?? '', asked - answeredAt(told));
  }
  return { firstPodMs: answeredAt(firstPod) - answeredAt(applied), operatorMs };
}

/** Of a Job, the last that its controller writes is that it has ended. */
function isNews({ user, objectRef }: AuditEvent): boolean {
  return user.username === jobController && objectRef?.resource === 'jobs' && objectRef.subresource === 'status';
}

function isCreation({ user, objectRef, responseStatus }: AuditEvent, who: string, resource: string): boolean {
  return (
    user.username === who &&
    objectRef?.resource === resource &&
    objectRef.subresource === undefined &&
    responseStatus?.code === 201
  );
}

function receivedAt({ requestReceivedTimestamp }: AuditEvent): number {
  return Date.parse(requestReceivedTimestamp);
}

function answeredAt({ stageTimestamp }: AuditEvent): number {
  return Date.parse(stageTimestamp);
}
