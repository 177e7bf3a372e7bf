/** Performs the actions of a decision. Each can be repeated: what is already there, or already gone, is success. */
import { bookkeepingFinalizer } from '../api/labels.ts';
import type { DistillationJob } from '../api/v1alpha1/distillation-job.gen.ts';
import type { StudentDeployment } from '../api/v1alpha1/student-deployment.gen.ts';
import type { Action } from '../domain/distillation/decision.ts';
import type { KubeClient } from '../kube/client.ts';
import { ignoreNotFound, isFault } from '../kube/errors.ts';
import { addFinalizer, removeFinalizer } from '../kube/finalizers.ts';
import { keyOf, type Stored } from '../kube/types.ts';
import { claims, distillationJobs, jobs, resourceClaimTemplates, studentDeployments } from './resources.ts';

export interface Hands {
  readonly client: KubeClient;
  readonly signal: AbortSignal;
  readonly owner: Stored<DistillationJob>;
}

export async function carryOut(action: Action, hands: Hands): Promise<void> {
  const { client, signal, owner } = hands;
  const namespace = owner.metadata.namespace;
  switch (action.type) {
    case 'create-claim':
      return createOnce(client.create(claims, action.claim, { signal }));
    case 'create-claim-template':
      return createOnce(client.create(resourceClaimTemplates, action.template, { signal }));
    case 'create-stage-job':
      if (await isStillMeant(action.job.metadata.name, hands))
        await createOnce(client.create(jobs, action.job, { signal }));
      return;
    case 'add-finalizer':
      await addFinalizer(client, distillationJobs, owner, { finalizer: bookkeepingFinalizer, signal });
      return;
    case 'remove-finalizer':
      await ignoreNotFound(
        removeFinalizer(client, distillationJobs, owner, { finalizer: bookkeepingFinalizer, signal }),
      );
      return;
    case 'create-deployment':
      // The API server fills in the defaults that our type of a stored object has.
      return createOnce(client.create(studentDeployments, action.deployment as StudentDeployment, { signal }));
    case 'suspend-stage-job': {
      // The uid makes a Job of the same name but another life a Conflict.
      const body = { metadata: { uid: action.uid }, spec: { suspend: action.suspend } };
      await ignoreNotFound(client.patch(jobs, { namespace, name: action.name }, { type: 'merge', body }, { signal }));
      return;
    }
    case 'delete-stage-job': {
      const { uid, resourceVersion } = action;
      const options = { uid, resourceVersion, propagation: 'Foreground', signal } as const;
      await ignoreNotFound(client.delete(jobs, { namespace, name: action.name }, options));
      return;
    }
  }
}

/**
 * Asks the API server itself: a cache that is behind may still show a stage as about to start whose Job has long run and been
 * removed, and starting it again would be paid for. When it is not meant any more, the watch is about to say so.
 */
async function isStillMeant(jobName: string, { client, signal, owner }: Hands): Promise<boolean> {
  const live = await ignoreNotFound(client.get(distillationJobs, keyOf(owner), { signal }));
  if (live === undefined || live.metadata.uid !== owner.metadata.uid) return false;
  return live.status?.stages?.some((stage) => stage.jobName === jobName && stage.state === 'Pending') ?? false;
}

/** A name that is taken is ours from before a crash: names are functions of what the object is for. */
async function createOnce(created: Promise<unknown>): Promise<void> {
  try {
    await created;
  } catch (error) {
    if (!isFault(error, 'AlreadyExists')) throw error;
  }
}
