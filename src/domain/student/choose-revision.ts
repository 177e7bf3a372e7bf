/**
 * Which revision the replicas should be of: the newest; the one that the spec pins; or, when the newest has failed, the last that
 * served. A Canary stands on the same choice: it keeps the last that served in one Deployment and tries the newest in another.
 */
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import type { Revision } from './revision.ts';

export type RevisionChoice =
  | { readonly kind: 'newest' | 'pinned' | 'rolled-back'; readonly revision: Revision }
  /** The spec names a revision that is not in the history; what serves goes on. */
  | { readonly kind: 'unknown'; readonly wanted: string };

/** @param history the newest first; `newest` may be missing in it. */
export function chooseRevision(
  student: StudentDeployment,
  newest: Revision,
  history: readonly Revision[],
): RevisionChoice {
  const pinned = student.spec.rollout.revision;
  if (pinned !== undefined && pinned !== newest.name) {
    const revision = history.find(({ name }) => name === pinned);
    return revision === undefined ? { kind: 'unknown', wanted: pinned } : { kind: 'pinned', revision };
  }
  if (student.status?.failedRevision?.name !== newest.name) return { kind: 'newest', revision: newest };
  const good = lastGood(student, history);
  return good === undefined || good.name === newest.name
    ? { kind: 'newest', revision: newest }
    : { kind: 'rolled-back', revision: good };
}

/** The revision that last served alone. */
export function lastGood({ status }: StudentDeployment, history: readonly Revision[]): Revision | undefined {
  return history.find(({ name }) => name === status?.currentRevision);
}
