// How long the operator lets others wait, from the API server's own times: from what tells it that a stage may begin to its
// asking for that stage's Job.
import { type AuditEvent, isOfOperator } from '../cluster-audit.ts';
import { argoNamespace } from './types.ts';

export interface Pace {
  /** When Argo CD's apply of the DistillationJob was answered. */
  readonly appliedAt: number;
  readonly firstPodAt: number;
  /** The operator's own share, by the Job that it asked for. */
  readonly shares: Readonly<Record<string, number>>;
}

/** From what the audit log holds about a namespace with one DistillationJob. Milliseconds. */
export function paceOf(events: readonly AuditEvent[]): Pace {
  const applied = events.find((event) => isOfArgo(event) && isCreation(event, 'distillationjobs'));
  const firstPod = events.find((event) => isOfJobController(event) && isCreation(event, 'pods'));
  if (applied === undefined || firstPod === undefined) throw new Error('no job was applied, or it has no pod');
  const asked = events.filter((event) => isOfOperator(event) && isCreation(event, 'jobs'));
  const share = (event: AuditEvent): number => {
    const at = Date.parse(event.requestReceivedTimestamp);
    // The last that the Job controller writes about a Job is that it has ended.
    const told = events.findLast((each) => isOfJobController(each) && isJobStatus(each) && answeredAt(each) <= at);
    return at - answeredAt(told ?? applied);
  };
  return {
    appliedAt: answeredAt(applied),
    firstPodAt: answeredAt(firstPod),
    shares: Object.fromEntries(asked.map((event) => [event.objectRef?.name ?? '', share(event)])),
  };
}

/** What Argo CD made, in order: `distillationjobs/mahjong`. */
export function madeByArgo(events: readonly AuditEvent[]): string[] {
  return events
    .filter((event) => isOfArgo(event) && isCreation(event, event.objectRef?.resource))
    .map(({ objectRef }) => `${objectRef?.resource}/${objectRef?.name}`);
}

function isOfArgo({ user }: AuditEvent): boolean {
  return user.username === `system:serviceaccount:${argoNamespace}:argocd-application-controller`;
}

function isOfJobController({ user }: AuditEvent): boolean {
  return user.username === 'system:serviceaccount:kube-system:job-controller';
}

function isJobStatus({ objectRef }: AuditEvent): boolean {
  return objectRef?.resource === 'jobs' && objectRef.subresource === 'status';
}

function isCreation({ objectRef, requestURI, responseStatus }: AuditEvent, resource: string | undefined): boolean {
  const isReal = responseStatus?.code === 201 && !requestURI.includes('dryRun=');
  return isReal && objectRef?.resource === resource && objectRef?.subresource === undefined;
}

function answeredAt({ stageTimestamp }: AuditEvent): number {
  return Date.parse(stageTimestamp);
}
