/** The end of a Canary: its revision has passed every step. */
import type { Pod } from '../../../api/core.ts';
import { revisionLabel } from '../../../api/labels.ts';
import { lastGood } from '../choose-revision.ts';
import { trialRoom } from '../headroom.ts';
import type { Observed } from '../observed.ts';
import { isOwn } from '../ownership.ts';
import { dividesReplicas, wantedReplicas } from '../replicas.ts';
import { isCanary } from './measurement.ts';
import { promoteReplicas, type Split } from './split.ts';
import { isPromoted } from './steps.ts';
import type { TrialInput } from './trial.ts';

/** What serves while the stable Deployment takes over a candidate that has passed; undefined when none has. */
export function promote(observed: Observed, { choice, newest, history }: TrialInput): Split | undefined {
  const { student, pods, canary } = observed;
  if (choice.kind !== 'newest' || !isPromoted(student, newest.name)) return undefined;
  if (student.status?.currentRevision === newest.name) return undefined;
  const answers = pods.filter((pod) => !isCanary(pod) && isReady(pod) && revisionOf(pod) === newest.name);
  return promoteReplicas({
    wanted: wantedReplicas(observed),
    // Somebody may have removed it: the revision has passed all the same.
    canary: canary !== undefined && isOwn(canary, student) ? (canary.spec.replicas ?? 0) : 0,
    answering: answers.length,
    divides: dividesReplicas(observed),
    room: trialRoom(observed, { stable: lastGood(student, history) ?? newest, candidate: newest }),
  });
}

function revisionOf({ metadata }: Pod): string | undefined {
  return metadata.labels?.[revisionLabel];
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}
