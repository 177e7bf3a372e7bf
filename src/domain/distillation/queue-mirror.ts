/** The `Admitted` condition: where the stage's Job stands with Kueue. What waits there does not use up the job's deadline. */
import type { Admission } from './admission.ts';
import { type Draft, poolWaitMs } from './draft.ts';
import type { Kueue } from './queue.ts';

const type = 'Admitted';
const withdrawn = 'Withdrawn';

/** Writes down what Kueue says, and tells of its decisions. */
export function mirrorAdmission(draft: Draft, { admitted, evicted, reason, message }: Admission): void {
  const before = draft.getCondition(type);
  if (admitted) resumeClock(draft);
  draft.condition({ type, status: admitted ? 'True' : 'False', reason, message });
  if (admitted && before?.status !== 'True')
    draft.event({ type: 'Normal', reason: 'Admitted', action: 'Start', note: message });
  if (evicted && before?.status === 'True')
    draft.event({ type: 'Warning', reason: 'Evicted', action: 'Stop', note: `${reason}: ${message}` });
}

/** Whether the job asks for a queue that nobody keeps: nothing starts without it. */
export function awaitKueue(draft: Draft, kueue: Kueue): boolean {
  const { queueName } = draft.job.spec;
  if (queueName === undefined || kueue.served) return false;
  const message = `spec.queueName is ${queueName}, and the API server serves no Workload of kueue.x-k8s.io that the operator may read: install Kueue, or remove spec.queueName`;
  draft.condition({ type, status: 'False', reason: 'KueueNotFound', message });
  draft.summary = { reason: 'Queued', message };
  draft.requeueAfter(poolWaitMs);
  return true;
}

/** Stored before the Job is deleted, so that whoever finds it gone knows that it was we. */
export function withdraw(draft: Draft, jobName: string): void {
  const message = `Job ${jobName} leaves its queue after a checkpoint; it is made again, and queues again, when the job goes on`;
  draft.condition({ type, status: 'False', reason: withdrawn, message });
}

export function isWithdrawn(draft: Draft): boolean {
  return draft.getCondition(type)?.reason === withdrawn;
}

/** The Job that runs now has to do with no queue. */
export function forgetQueue(draft: Draft): void {
  resumeClock(draft);
  draft.dropCondition(type);
}

/** Whether the deadline stands still. */
export function isWaitingInQueue(draft: Draft): boolean {
  return draft.getCondition(type)?.status === 'False';
}

/** Moves the start by as long as the wait was. */
function resumeClock(draft: Draft): void {
  const before = draft.getCondition(type);
  const { startTime } = draft.status;
  if (before?.status !== 'False' || startTime === undefined) return;
  const waitedFrom = Math.max(Date.parse(before.lastTransitionTime), Date.parse(startTime));
  draft.status.startTime = draft.timestampAt(Date.parse(startTime) + draft.now - waitedFrom);
}
