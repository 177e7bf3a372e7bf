/** Performs the actions of a student's decision. Each can be repeated: what is already there, or already gone, is success. */
import type { Action } from '../domain/student/decision.ts';
import type { KubeClient } from '../kube/client.ts';
import { ignoreNotFound } from '../kube/errors.ts';
import type { KubeObject, Resource } from '../kube/types.ts';
import {
  controllerRevisions,
  deployments,
  disruptionBudgets,
  httpRoutes,
  inferencePools,
  networkPolicies,
  services,
} from './resources.ts';
import { fieldManager } from './stores.ts';

export interface StudentHands {
  readonly client: KubeClient;
  readonly signal: AbortSignal;
  readonly namespace: string;
}

export async function carryOutForStudent(action: Action, hands: StudentHands): Promise<void> {
  switch (action.type) {
    case 'apply-deployment':
      return apply(deployments, action.deployment, hands);
    case 'apply-service':
      return apply(services, action.service, hands);
    case 'apply-revision':
      return apply(controllerRevisions, action.revision, hands);
    case 'apply-disruption-budget':
      return apply(disruptionBudgets, action.budget, hands);
    case 'apply-network-policy':
      return apply(networkPolicies, action.policy, hands);
    case 'apply-http-route':
      return apply(httpRoutes, action.route, hands);
    case 'apply-inference-pool':
      return apply(inferencePools, action.pool, hands);
    case 'delete-http-route':
      return remove(httpRoutes, action, hands);
    case 'delete-inference-pool':
      return remove(inferencePools, action, hands);
    case 'delete-revision':
      return remove(controllerRevisions, action, hands);
    case 'delete-disruption-budget':
      return remove(disruptionBudgets, action, hands);
    case 'delete-network-policy':
      return remove(networkPolicies, action, hands);
  }
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
