/** The controller of DistillationQuotas: gather -> decide -> one status write, which is the ledger -> events. */
import { jobLabel } from '../api/labels.ts';
import type { DistillationQuota } from '../api/v1alpha1/distillation-quota.gen.ts';
import { livePods } from '../domain/distillation/job-state.ts';
import { viewOf } from '../domain/distillation/quota-view.ts';
import type { Catalogue } from '../domain/planning/catalogue.ts';
import { decideQuota } from '../domain/quota/decide.ts';
import type { JobView } from '../domain/quota/job-view.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Clock } from '../kube/clock.ts';
import { awaitChange, type ControllerOptions, type Next, requeueAfter, source } from '../kube/controller.ts';
import type { EventRecorder } from '../kube/events.ts';
import { StatusWriter } from '../kube/status-writer.ts';
import { keyOf, type KubeObject, type ObjectKey, type Stored } from '../kube/types.ts';
import type { ClusterPools } from './cluster-pools.ts';
import { namespaceRules } from './namespace-rules.ts';
import { observeKueue } from './observe-kueue.ts';
import { distillationQuotas } from './resources.ts';
import { fieldManager, type Stores } from './stores.ts';

export interface DistillationQuotaDeps {
  readonly client: KubeClient;
  readonly stores: Stores;
  readonly pools: ClusterPools;
  readonly catalogue: Catalogue;
  readonly events: Pick<EventRecorder, 'publish'>;
  readonly clock: Clock;
}

export function distillationQuotaController(deps: DistillationQuotaDeps): ControllerOptions {
  const { stores } = deps;
  const writer = new StatusWriter({ client: deps.client, resource: distillationQuotas, fieldManager });
  const inNamespace = ({ metadata }: KubeObject): ObjectKey[] => stores.quotas.list(metadata.namespace).map(keyOf);
  return {
    name: 'distillationquota',
    sources: [
      source(stores.quotas, (quota) => [keyOf(quota)]),
      source(stores.distillationJobs, inNamespace),
      source(stores.jobs, inNamespace),
      source(stores.workloads.store, inNamespace),
      source(stores.pods, (pod) => (pod.metadata.labels?.[jobLabel] === undefined ? [] : inNamespace(pod))),
    ],
    describe: (key) => {
      const { uid, generation } = stores.quotas.get(key)?.metadata ?? {};
      return { uid, generation };
    },
    reconcile: (key, signal) => reconcile(key, { ...deps, writer, signal }),
  };
}

interface Run extends DistillationQuotaDeps {
  readonly writer: StatusWriter<DistillationQuota>;
  readonly signal: AbortSignal;
}

async function reconcile(key: ObjectKey, run: Run): Promise<Next> {
  const quota = run.stores.quotas.get(key);
  if (quota === undefined || quota.metadata.deletionTimestamp !== undefined) return awaitChange;
  const decision = decideQuota(quota, observe(quota, run), run.clock.now());
  // Only on top of the ledger that was read: a grant decided from an older one could be given twice.
  const changed = await run.writer.write(quota, decision.status, { onlyIfUnchanged: true, signal: run.signal });
  if (changed) for (const event of decision.events) run.events.publish({ ...event, regarding: quota });
  return requeueAfter(decision.requeueAfterMs);
}

function observe(quota: Stored<DistillationQuota>, { stores, pools, catalogue }: Run): JobView[] {
  const { namespace } = quota.metadata;
  const rules = namespaceRules(stores, namespace);
  const priorities = new Map(stores.priorityClasses.store.list().map(({ metadata, value }) => [metadata.name, value]));
  return stores.distillationJobs.list(namespace).map((job) => {
    const owner = `${namespace}/${job.metadata.name}`;
    const pods = stores.pods.byIndex('owner', owner);
    const stageJobs = stores.jobs.byIndex('owner', owner);
    const input = {
      job,
      livePods: livePods(new Map([['', pods]])),
      stageJobs,
      kueue: observeKueue(stores, stageJobs),
      pools: pools.discovery().pools,
      catalogue,
      rules,
      priority: priorities.get(job.spec.priorityClassName ?? '') ?? 0,
    };
    return viewOf(input, quota.spec.currency);
  });
}
