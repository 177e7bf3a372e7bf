/** Reads a Deployment's status as a rollout. */
import type { Deployment, Pod } from '../../api/core.ts';
import { revisionLabel } from '../../api/labels.ts';
import type { StudentDeployment } from '../../api/v1alpha1/student-deployment.gen.ts';
import { findRestart, findTrouble, type PodTrouble } from '../pod-trouble.ts';
import type { RevisionChoice } from './choose-revision.ts';

export interface RolloutState {
  readonly replicas: number;
  /** The wanted number answers, of whatever revision. */
  readonly available: boolean;
  /** Only the revision that was chosen is left, and all of it answers. */
  readonly complete: boolean;
  /** The Deployment has not moved for its deadline. */
  readonly stuck: boolean;
  readonly reason: string;
  readonly message: string;
}

/** What keeps replicas from answering. */
export type Trouble = Pick<PodTrouble, 'reason' | 'message'>;

export interface RolloutView {
  readonly student: StudentDeployment;
  readonly deployment: Deployment | undefined;
  readonly choice: Exclude<RevisionChoice, { readonly kind: 'unknown' }>;
  /** Name of the revision that the spec asks for. */
  readonly newest: string;
  /** That are wanted. */
  readonly replicas: number;
  readonly trouble: Trouble | undefined;
  readonly limitation: string | undefined;
  /** Canary replicas that answer while the stable ones take their revision over. */
  readonly besides: number;
  /** While a Deployment of an older version is replaced: how that goes. */
  readonly succession: string | undefined;
}

export function describeRollout(view: RolloutView): RolloutState {
  const { deployment, replicas } = view;
  const revision = view.choice.revision.name;
  const counts = countsOf(deployment);
  const observed = deployment !== undefined && isObserved(deployment, revision);
  const complete = observed && [counts.updated, counts.available, counts.total].every((count) => count === replicas);
  const stuck = observed && !complete && exceededDeadline(deployment);
  const state = {
    replicas,
    available: (deployment !== undefined || view.besides > 0) && counts.available + view.besides >= replicas,
    complete,
    stuck,
  };
  const progress = `revision ${revision}: ${counts.updated} of ${replicas} replica(s) updated, ${counts.available} available`;
  const parts = [progress, troubleText(view.trouble), view.limitation];
  const message = parts.filter((part) => part !== undefined).join('; ');
  if (view.succession !== undefined) {
    return { ...state, complete: false, stuck: false, reason: 'Replacing', message: `${view.succession}; ${message}` };
  }
  if (stuck) return { ...state, reason: 'ProgressDeadlineExceeded', message };
  if (view.choice.kind === 'rolled-back') return { ...state, reason: 'RolledBack', message: rolledBack(view) };
  if (complete) return { ...state, ...settled(view) };
  if (view.student.spec.paused === true) return { ...state, reason: 'Paused', message };
  // Said at once, though the deadline may be an hour: whoever looks need not wait for it.
  return { ...state, reason: isStanding(view.trouble) ? 'ReplicaStuck' : 'RollingOut', message };
}

function troubleText(trouble: Trouble | undefined): string | undefined {
  return trouble && `${trouble.reason}: ${trouble.message}`;
}

/** Whether it is trouble already, and not only a model that is being loaded. */
export function isStanding(trouble: Trouble | undefined): trouble is Trouble {
  return trouble !== undefined && trouble.reason !== notLoaded;
}

function settled({ choice, newest, replicas }: RolloutView): Pick<RolloutState, 'reason' | 'message'> {
  const { name } = choice.revision;
  if (choice.kind !== 'pinned') {
    return { reason: 'RolloutComplete', message: `revision ${name} serves with ${replicas} replica(s)` };
  }
  const message = `revision ${name} serves because spec.rollout.revision names it; remove it for the newest, ${newest}`;
  return { reason: 'Pinned', message };
}

function rolledBack({ choice, newest, student }: RolloutView): string {
  const why = student.status?.failedRevision?.message ?? 'it did not become ready';
  return `revision ${newest} could not be rolled out and ${choice.revision.name} serves; change the spec to try anew: ${why}`;
}

export function countsOf(deployment: Deployment | undefined) {
  const {
    replicas: total = 0,
    updatedReplicas: updated = 0,
    availableReplicas: available = 0,
  } = deployment?.status ?? {};
  return { total, updated, available };
}

/** Counts of an older generation, or of an older template, say nothing about this revision. */
export function isObserved(deployment: Deployment, revision: string): boolean {
  const current = deployment.spec.template.metadata.labels[revisionLabel] === revision;
  return current && deployment.status?.observedGeneration === deployment.metadata.generation;
}

export function exceededDeadline(deployment: Deployment): boolean {
  const progressing = deployment.status?.conditions?.find((condition) => condition.type === 'Progressing');
  return progressing?.status === 'False' && progressing.reason === 'ProgressDeadlineExceeded';
}

/** Why no pod could be created (a quota, an admission policy), in the words of whoever refused. */
export function refusal(deployment: Deployment | undefined): Trouble | undefined {
  const failure = deployment?.status?.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  );
  return (
    failure && { reason: failure.reason ?? 'ReplicaFailure', message: failure.message ?? 'a pod could not be created' }
  );
}

/**
 * Of the revision that is rolled out before that of others; between two tries of a container, what ended the last one; and where
 * nothing is wrong with a pod but that it is not ready, that.
 */
export function troubleOf(pods: readonly Pod[], revision: string): Trouble | undefined {
  const own = pods.filter(({ metadata }) => metadata.labels?.[revisionLabel] === revision);
  return findTrouble(own) ?? findRestart(own) ?? findTrouble(pods) ?? findLoading(own);
}

/** No trouble while it is young; what the revision is given up for when it stays so. */
const notLoaded = 'ModelNotLoaded';

function findLoading(pods: readonly Pod[]): Trouble | undefined {
  const { metadata, status } = pods.find(isLoading) ?? {};
  const container = status?.containerStatuses?.find(({ ready }) => !ready);
  if (metadata === undefined || container === undefined) return undefined;
  const message = `pod ${metadata.name}, container ${container.name}: it runs, and does not list the model at /v1/models yet`;
  return { reason: notLoaded, message };
}

function isLoading({ metadata, status }: Pod): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  return status?.containerStatuses?.some(({ ready, state }) => !ready && state?.running !== undefined) ?? false;
}
