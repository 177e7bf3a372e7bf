/** Performs the actions of a student's decision. Each can be repeated: what is already there, or already gone, is success. */
import type { Deployment } from '../api/core.ts';
import type { Action } from '../domain/student/decision.ts';
import type { KubeClient } from '../kube/client.ts';
import { ignoreNotFound } from '../kube/errors.ts';
import type { KubeObject, Resource } from '../kube/types.ts';
import {
  autoscalers,
  controllerRevisions,
  deployments,
  disruptionBudgets,
  httpRoutes,
  inferencePools,
  scaledObjects,
  networkPolicies,
  resourceClaimTemplates,
  services,
} from './resources.ts';
import { fieldManager } from './stores.ts';

export interface StudentHands {
  readonly client: KubeClient;
  readonly signal: AbortSignal;
  readonly namespace: string;
}

export async function carryOutForStudent(action: Action, hands: StudentHands): Promise<void> {
  if (isRemoval(action)) return remove(removed[action.type], action, hands);
  switch (action.type) {
    case 'apply-deployment':
      if (action.deployment.spec.replicas === undefined) await leaveReplicas(action.deployment, hands);
      return apply(deployments, action.deployment, hands);
    case 'apply-autoscaler':
      return apply(autoscalers, action.autoscaler, hands);
    case 'apply-scaled-object':
      return apply(scaledObjects, action.scaledObject, hands);
    case 'apply-service':
      return apply(services, action.service, hands);
    case 'apply-revision':
      return apply(controllerRevisions, action.revision, hands);
    case 'apply-claim-template':
      return apply(resourceClaimTemplates, action.template, hands);
    case 'apply-disruption-budget':
      return apply(disruptionBudgets, action.budget, hands);
    case 'apply-network-policy':
      return apply(networkPolicies, action.policy, hands);
    case 'apply-http-route':
      return apply(httpRoutes, action.route, hands);
    case 'apply-inference-pool':
      return apply(inferencePools, action.pool, hands);
  }
}

type Removal = Extract<Action, { readonly uid: string }>;

function isRemoval(action: Action): action is Removal {
  return 'uid' in action;
}

const removed: Readonly<Record<Removal['type'], Resource<KubeObject>>> = {
  'delete-deployment': deployments,
  'delete-autoscaler': autoscalers,
  'delete-scaled-object': scaledObjects,
  'delete-http-route': httpRoutes,
  'delete-inference-pool': inferencePools,
  'delete-revision': controllerRevisions,
  'delete-disruption-budget': disruptionBudgets,
  'delete-network-policy': networkPolicies,
};

/** Owns the number while nobody else does: what nobody owns would be removed with our own claim, and become 1. */
const replicasManager = 'stratos-replicas';

/**
 * Before our claim on the number of replicas is given up, another manager claims it at its present value. The resourceVersion makes
 * a number that an autoscaler has just written a Conflict, and the next look sees it.
 */
async function leaveReplicas({ metadata }: Deployment, { client, signal, namespace }: StudentHands): Promise<void> {
  const live = await ignoreNotFound(client.get(deployments, { namespace, name: metadata.name }, { signal }));
  if (live === undefined) return;
  const { name, resourceVersion } = live.metadata;
  const claim = {
    apiVersion: 'apps/v1' as const,
    kind: 'Deployment' as const,
    metadata: { name, namespace, resourceVersion },
    spec: { replicas: live.spec.replicas } as Deployment['spec'],
  };
  await client.apply(deployments, claim, { fieldManager: replicasManager, force: true, signal });
}

async function apply<T extends KubeObject>(resource: Resource<T>, object: T, hands: StudentHands): Promise<void> {
  await hands.client.apply(resource, object, { fieldManager, force: true, signal: hands.signal });
}

async function remove<T extends KubeObject>(
  resource: Resource<T>,
  { name, uid }: { readonly name: string; readonly uid: string },
  { client, signal, namespace }: StudentHands,
): Promise<void> {
  await ignoreNotFound(client.delete(resource, { namespace, name }, { uid, signal }));
}
