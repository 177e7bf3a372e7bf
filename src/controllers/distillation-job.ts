/** The controller of DistillationJobs: gather -> decide -> carry out -> one status write -> events. */
import { jobLabel } from '../api/labels.ts';
import type { Workload } from '../api/kueue.ts';
import type { DistillationJob, DistillationJobStatus } from '../api/v1alpha1/distillation-job.gen.ts';
import { decide } from '../domain/distillation/decide.ts';
import { decideDeletion } from '../domain/distillation/deletion.ts';
import { deploymentNameOf } from '../domain/distillation/deploy-step.ts';
import { observationsOf } from '../domain/distillation/observations.ts';
import type { Observed, Settings } from '../domain/distillation/observed.ts';
import { workspaceClaimOf } from '../domain/distillation/workspace.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Clock } from '../kube/clock.ts';
import { awaitChange, type ControllerOptions, type Next, requeueAfter, source } from '../kube/controller.ts';
import type { EventRecorder } from '../kube/events.ts';
import { StatusWriter } from '../kube/status-writer.ts';
import { keyOf, type KubeObject, type ObjectKey, type Stored } from '../kube/types.ts';
import type { Calibrations, EstimateLog } from './calibrations.ts';
import { carryOut } from './carry-out.ts';
import type { ClusterPools } from './cluster-pools.ts';
import { namespaceRules } from './namespace-rules.ts';
import { observeKueue } from './observe-kueue.ts';
import { podRefusals } from './pod-refusals.ts';
import { distillationJobs } from './resources.ts';
import { fieldManager, type Stores } from './stores.ts';

export interface DistillationJobDeps {
  readonly client: KubeClient;
  readonly stores: Stores;
  readonly pools: ClusterPools;
  readonly calibrations: Calibrations;
  readonly events: Pick<EventRecorder, 'publish'>;
  readonly clock: Clock;
  /** Asked anew each time: the certificate of the progress server may be renewed. */
  readonly settings: () => Settings;
  readonly concurrency: number;
  readonly measure: StatusObserver;
  readonly estimates: EstimateLog;
}

/** What the controller tells the metrics, after a status was stored. */
export interface StatusObserver {
  stored(before: DistillationJobStatus | undefined, after: DistillationJobStatus): void;
}

export function distillationJobController(deps: DistillationJobDeps): ControllerOptions {
  const { stores } = deps;
  const writer = new StatusWriter({ client: deps.client, resource: distillationJobs, fieldManager });
  return {
    name: 'distillationjob',
    concurrency: deps.concurrency,
    sources: [
      source(stores.distillationJobs, (job) => [keyOf(job)]),
      source(stores.jobs, ownerKeys),
      source(stores.pods, ownerKeys),
      source(stores.claimTemplates.store, ownerKeys),
      source(stores.claims, (claim) => waitingForClaim(stores, claim)),
      source(stores.studentDeployments, (student) => jobsDeploying(stores, student)),
      source(stores.quotas, (quota) => jobsUnder(stores, quota)),
      source(stores.workloads.store, (workload) => jobsQueued(stores, workload)),
      source(stores.nodes.store, () => waitingForPools(stores)),
      source(stores.capacity.serverPools.store, () => waitingForPools(stores)),
      source(stores.capacity.nodePools.store, () => waitingForPools(stores)),
      source(stores.capacity.resourceFlavors.store, () => waitingForPools(stores)),
    ],
    describe: (key) => {
      const { uid, generation } = stores.distillationJobs.get(key)?.metadata ?? {};
      return { uid, generation };
    },
    reconcile: (key, signal) => reconcile(key, { ...deps, writer, signal }),
  };
}

interface Run extends DistillationJobDeps {
  readonly writer: StatusWriter<DistillationJob>;
  readonly signal: AbortSignal;
}

/** Ours unless another controller is named. */
const ourName = 'distill.stratos.dev/operator';

async function reconcile(key: ObjectKey, run: Run): Promise<Next> {
  const job = run.stores.distillationJobs.get(key);
  if (job === undefined || (job.spec.managedBy !== undefined && job.spec.managedBy !== ourName)) return awaitChange;
  const look = job.metadata.deletionTimestamp === undefined ? decide : decideDeletion;
  const decision = look(await observe(job, run), run.settings(), run.clock.now());
  if (decision === undefined) return awaitChange;
  for (const action of decision.actions) await carryOut(action, { ...run, owner: job });
  // Only on top of what was read: a decision from an older state must not undo a newer one.
  const changed = await run.writer.write(job, decision.status, { onlyIfUnchanged: true, signal: run.signal });
  if (changed) {
    for (const event of decision.events) run.events.publish({ ...event, regarding: job });
    run.measure.stored(job.status, decision.status);
    run.estimates.stored(observationsOf(job), observationsOf({ ...job, status: decision.status }));
  }
  return decision.requeueAfterMs === undefined ? awaitChange : requeueAfter(decision.requeueAfterMs);
}

async function observe(job: Stored<DistillationJob>, run: Run): Promise<Observed> {
  const { stores, pools, calibrations, client, clock, signal } = run;
  const { namespace, name } = keyOf(job);
  const owned = stores.jobs.byIndex('owner', `${namespace}/${name}`).filter((child) => controls(job, child));
  const pods = stores.pods.byIndex('owner', `${namespace}/${name}`);
  const deploymentName = deploymentNameOf(job);
  const seen = {
    job,
    stageJobs: new Map(owned.map((child) => [child.metadata.name, child])),
    pods: Map.groupBy(pods, (pod) => pod.metadata.labels?.['batch.kubernetes.io/job-name'] ?? ''),
    workspaceClaim: stores.claims.get({ namespace, name: workspaceClaimOf(job) }),
    deployment:
      deploymentName === undefined ? undefined : stores.studentDeployments.get({ namespace, name: deploymentName }),
    claimTemplates: new Set(
      stores.claimTemplates.store.byIndex('owner', `${namespace}/${name}`).map((template) => template.metadata.name),
    ),
    pools: pools.discovery().pools,
    nodesHidden: !stores.nodes.served,
    kueue: observeKueue(stores, owned),
    ...namespaceRules(stores, namespace),
    calibration: calibrations.factors(),
  };
  return { ...seen, refusals: await podRefusals(client, seen, { now: clock.now(), signal }) };
}

/** Those whose stage's Job it accounts for. */
function jobsQueued({ jobs }: Stores, { metadata }: Workload): ObjectKey[] {
  const namespace = metadata.namespace ?? '';
  const owners = (metadata.ownerReferences ?? []).filter(({ kind }) => kind === 'Job');
  return owners.flatMap(({ name }) => jobs.get({ namespace, name }) ?? []).flatMap(ownerKeys);
}

function controls(owner: Stored<KubeObject>, child: KubeObject): boolean {
  return (
    child.metadata.ownerReferences?.some(({ uid, controller }) => controller === true && uid === owner.metadata.uid) ??
    false
  );
}

function ownerKeys({ metadata }: KubeObject): ObjectKey[] {
  const name = metadata.labels?.[jobLabel];
  return name === undefined ? [] : [{ namespace: metadata.namespace ?? '', name }];
}

function waitingForClaim({ distillationJobs: all }: Stores, claim: KubeObject): ObjectKey[] {
  const { namespace, name } = keyOf(claim);
  return all
    .list(namespace)
    .filter((job) => workspaceClaimOf(job) === name && !isFinished(job))
    .map(keyOf);
}

function jobsDeploying({ distillationJobs: all }: Stores, student: KubeObject): ObjectKey[] {
  const { namespace, name } = keyOf(student);
  return all.byIndex('deployment', `${namespace}/${name}`).map(keyOf);
}

/** Those that the ledger may have changed something for: finished ones until they are settled. */
function jobsUnder({ distillationJobs: all }: Stores, quota: KubeObject): ObjectKey[] {
  return all
    .list(quota.metadata.namespace)
    .filter((job) => !isFinished(job) || (job.metadata.finalizers ?? []).length > 0)
    .map(keyOf);
}

/** Heartbeats change nodes all the time: only jobs that wait for a pool want to hear of it. */
function waitingForPools({ distillationJobs: all }: Stores): ObjectKey[] {
  return all
    .list()
    .filter((job) => !isFinished(job) && waitsForPool(job))
    .map(keyOf);
}

function waitsForPool({ status }: DistillationJob): boolean {
  return (status?.conditions ?? []).some(
    ({ type, status: value, reason }) => (type === 'PlanSelected' && value === 'False') || reason === 'PoolUnavailable',
  );
}

function isFinished({ status }: DistillationJob): boolean {
  const summary = status?.conditions?.find((condition) => condition.type === 'Succeeded');
  return summary?.status === 'True' || summary?.status === 'False';
}
