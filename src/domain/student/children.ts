/** What must be written or removed so that a student's children are as they should be. */
import type { Deployment } from '../../api/core.ts';
import { buildAutoscaler, buildScaledObject } from './autoscale/autoscalers.ts';
import { scalingOf } from './autoscale/scaling.ts';
import { missingClaimTemplate } from '../claim-template.ts';
import { covers } from '../covers.ts';
import type { Action } from './decision.ts';
import { buildDisruptionBudget, buildNetworkPolicy } from './guards.ts';
import type { Observed, Settings } from './observed.ts';
import { wantedReplicas } from './replicas.ts';
import { revisionObject, type Revision, surplusRevisions } from './revision.ts';
import { revisionLabel, studentLabels } from '../../api/labels.ts';
import { buildService } from './workload.ts';
import { isOwn } from './ownership.ts';

/** What the pods of the Deployments that are there, or are about to be, claim their GPUs by; it is there before them. */
export function claimActions(observed: Observed, tracks: readonly Action[]): Action[] {
  const { student, deployment, canary, claimTemplates } = observed;
  const there = [deployment, canary].filter((each) => each !== undefined && isOwn(each, student));
  const meant = tracks.flatMap((action) => (action.type === 'apply-deployment' ? [action.deployment] : []));
  const labels = studentLabels(student.metadata.name);
  const present = new Set(claimTemplates);
  return [...meant, ...there].flatMap((each): Action[] => {
    const template = each && missingClaimTemplate(each.spec.template, { owner: student, labels, present });
    if (template === undefined) return [];
    present.add(template.metadata.name);
    return [{ type: 'apply-claim-template', template }];
  });
}

export function deploymentActions(present: Deployment | undefined, deployment: Deployment): Action[] {
  return covers(present, deployment) ? [] : [{ type: 'apply-deployment', deployment }];
}

/** The Deployment of a revision on trial; without one, what is left of the last trial goes. */
export function canaryActions({ student, canary }: Observed, wanted: Deployment | undefined): Action[] {
  if (wanted !== undefined) return deploymentActions(canary, wanted);
  if (canary === undefined || !isOwn(canary, student)) return [];
  return [{ type: 'delete-deployment', ...identityOf(canary.metadata) }];
}

/** At most one autoscaler object is ours at a time; the other is removed first. */
export function scalerActions(observed: Observed): Action[] {
  const { student, scalers } = observed;
  const { autoscaling } = student.spec;
  const { by } = scalingOf(observed);
  const actions: Action[] = [];
  const hpa = scalers.autoscalers.find((autoscaler) => isOwn(autoscaler, student));
  if (by !== 'HPA' && hpa !== undefined) actions.push({ type: 'delete-autoscaler', ...identityOf(hpa.metadata) });
  const { scaledObject } = scalers;
  if (by !== 'KEDA' && scaledObject !== undefined && isOwn(scaledObject, student))
    actions.push({ type: 'delete-scaled-object', ...identityOf(scaledObject.metadata) });
  // The Deployment comes first: there is nothing to scale without it.
  if (autoscaling === undefined || observed.deployment === undefined) return actions;
  if (by === 'HPA') {
    const autoscaler = buildAutoscaler(student, autoscaling);
    if (!covers(hpa, autoscaler)) actions.push({ type: 'apply-autoscaler', autoscaler });
  }
  if (by === 'KEDA') {
    const wanted = buildScaledObject(student, autoscaling, scalers.prometheusUrl);
    if (!covers(scaledObject, wanted)) actions.push({ type: 'apply-scaled-object', scaledObject: wanted });
  }
  return actions;
}

/**
 * What is around the replicas and does not depend on their revision.
 * @param only the track that the Service leads to, while a gateway weighs the other; undefined: all replicas.
 */
export function surroundingActions(observed: Observed, settings: Settings, only: 'stable' | undefined): Action[] {
  const { student, service, disruptionBudget, networkPolicy } = observed;
  const actions: Action[] = [];
  const wantedService = buildService(student, only);
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
