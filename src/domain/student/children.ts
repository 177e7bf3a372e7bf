/** What must be written or removed so that a student's children are as they should be. */
import type { Deployment } from '../../api/core.ts';
import { covers } from '../covers.ts';
import type { Action } from './decision.ts';
import { buildDisruptionBudget, buildNetworkPolicy } from './guards.ts';
import type { Observed, Settings } from './observed.ts';
import { wantedReplicas } from './replicas.ts';
import { revisionObject, type Revision, surplusRevisions } from './revision.ts';
import { revisionLabel } from '../../api/labels.ts';
import { buildService } from './workload.ts';
import { isOwn } from './ownership.ts';

export function deploymentActions(observed: Observed, deployment: Deployment): Action[] {
  return covers(observed.deployment, deployment) ? [] : [{ type: 'apply-deployment', deployment }];
}

/** What is around the replicas and does not depend on their revision. */
export function surroundingActions(observed: Observed, settings: Settings): Action[] {
  const { student, service, disruptionBudget, networkPolicy } = observed;
  const actions: Action[] = [];
  const wantedService = buildService(student);
  if (!covers(service, wantedService)) actions.push({ type: 'apply-service', service: wantedService });
  const budget = buildDisruptionBudget(student, wantedReplicas(observed));
  if (budget === undefined) {
    if (disruptionBudget !== undefined)
      actions.push({ type: 'delete-disruption-budget', ...identityOf(disruptionBudget.metadata) });
  } else if (!covers(disruptionBudget, budget)) actions.push({ type: 'apply-disruption-budget', budget });
  if (!settings.networkPolicy) {
    if (networkPolicy !== undefined)
      actions.push({ type: 'delete-network-policy', ...identityOf(networkPolicy.metadata) });
    return actions;
  }
  const policy = buildNetworkPolicy(student);
  if (!covers(networkPolicy, policy)) actions.push({ type: 'apply-network-policy', policy });
  return actions;
}

/** The newest revision is kept before anything is made of it; of the old ones, as many as the spec says. */
export function revisionActions(observed: Observed, newest: Revision, history: readonly Revision[]): Action[] {
  const { student, revisions } = observed;
  const own = revisions.filter((object) => isOwn(object, student));
  const object = revisionObject(student, newest, own);
  const stored = own.find(({ metadata }) => metadata.name === object.metadata.name);
  const keep: Action[] = stored?.revision === object.revision ? [] : [{ type: 'apply-revision', revision: object }];
  const { currentRevision } = student.status ?? {};
  const needed = new Set([newest.name, currentRevision, student.spec.rollout.revision]);
  const surplus = new Set(surplusRevisions(history, student.spec.revisionHistoryLimit, needed));
  const removed = own.filter(({ metadata }) => surplus.has(metadata.labels?.[revisionLabel] ?? ''));
  return [...keep, ...removed.map(({ metadata }): Action => ({ type: 'delete-revision', ...identityOf(metadata) }))];
}

/** The uid, so that nothing of the same name and another life is removed. */
export function identityOf({ name, uid = '' }: { readonly name: string; readonly uid?: string }) {
  return { name, uid };
}
