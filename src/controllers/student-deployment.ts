/** The controller of StudentDeployments: gather -> decide -> carry out -> one status write -> events. */
import type { HorizontalPodAutoscaler } from '../api/core.ts';
import { studentDeploymentLabel } from '../api/labels.ts';
import type { StudentDeployment } from '../api/v1alpha1/student-deployment.gen.ts';
import { decide } from '../domain/student/decide.ts';
import type { ServingLoad, Settings } from '../domain/student/observed.ts';
import { servingObservations } from '../domain/student/serving-estimate.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Clock } from '../kube/clock.ts';
import { awaitChange, type ControllerOptions, type Next, type Source, source } from '../kube/controller.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { OptionalCollection } from '../kube/optional-collection.ts';
import { StatusWriter } from '../kube/status-writer.ts';
import { keyOf, type KubeObject, type ObjectKey } from '../kube/types.ts';
import type { EstimateLog } from './calibrations.ts';
import { observeStudent, type Sight } from './observe-student.ts';
import { carryOutForStudent } from './student-actions.ts';
import { studentDeployments } from './resources.ts';
import { fieldManager, type Stores } from './stores.ts';

export interface StudentDeploymentDeps extends Sight {
  readonly client: KubeClient;
  readonly events: Pick<EventRecorder, 'publish'>;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly estimates: EstimateLog;
  /** What the watch over the replicas has found. */
  readonly loadOf: (key: ObjectKey) => ServingLoad | undefined;
  readonly concurrency: number;
}

export function studentDeploymentController(deps: StudentDeploymentDeps): ControllerOptions {
  const { stores } = deps;
  const writer = new StatusWriter({ client: deps.client, resource: studentDeployments, fieldManager });
  return {
    name: 'studentdeployment',
    concurrency: deps.concurrency,
    sources: [
      source(stores.studentDeployments, (student) => [keyOf(student)]),
      source(stores.deployments, (deployment) => namesake(stores, deployment)),
      source(stores.deployments, ownerKeys),
      source(stores.services, (service) => namesake(stores, service)),
      source(stores.services, ownerKeys),
      source(stores.revisions, ownerKeys),
      source(stores.claimTemplates.store, ownerKeys),
      source(stores.disruptionBudgets, (budget) => namesake(stores, budget)),
      source(stores.networkPolicies, (policy) => namesake(stores, policy)),
      source(stores.httpRoutes.store, (route) => namesake(stores, route)),
      source(stores.inferencePools.store, (pool) => namesake(stores, pool)),
      comesAndGoes(stores.httpRoutes, () => routed(stores)),
      comesAndGoes(stores.inferencePools, () => routed(stores)),
      source(stores.autoscalers, (autoscaler) => scaledStudents(stores, autoscaler)),
      source(stores.scaledObjects.store, ownerKeys),
      comesAndGoes(stores.scaledObjects, () => stores.studentDeployments.list().map(keyOf)),
      source(stores.pods, ownerKeys),
      source(stores.distillationJobs, (job) =>
        stores.studentDeployments.byIndex('source', `${job.metadata.namespace}/${job.metadata.name}`).map(keyOf),
      ),
      source(stores.nodes.store, () => unplaced(stores)),
      source(stores.capacity.serverPools.store, () => unplaced(stores)),
      source(stores.capacity.nodePools.store, () => unplaced(stores)),
      source(stores.capacity.resourceFlavors.store, () => unplaced(stores)),
    ],
    describe: (key) => {
      const { uid, generation } = stores.studentDeployments.get(key)?.metadata ?? {};
      return { uid, generation };
    },
    reconcile: (key, signal) => reconcile(key, { ...deps, writer, signal }),
  };
}

interface Run extends StudentDeploymentDeps {
  readonly writer: StatusWriter<StudentDeployment>;
  readonly signal: AbortSignal;
}

async function reconcile(key: ObjectKey, run: Run): Promise<Next> {
  const student = run.stores.studentDeployments.get(key);
  if (student === undefined || student.metadata.deletionTimestamp !== undefined) return awaitChange;
  const decision = decide({ ...observeStudent(student, run), load: run.loadOf(key) }, run.settings, run.clock.now());
  const hands = { client: run.client, signal: run.signal, namespace: key.namespace };
  for (const action of decision.actions) await carryOutForStudent(action, hands);
  const changed = await run.writer.write(student, decision.status, { onlyIfUnchanged: true, signal: run.signal });
  if (changed) {
    for (const event of decision.events) run.events.publish({ ...event, regarding: student });
    run.estimates.stored(servingObservations(student), servingObservations({ ...student, status: decision.status }));
  }
  return awaitChange;
}

/** Concerns `keys` whenever the kind appears or is gone. */
function comesAndGoes<T extends KubeObject>(collection: OptionalCollection<T>, keys: () => ObjectKey[]): Source {
  return {
    synced: (signal) => collection.store.waitSynced(signal),
    present: () => [],
    subscribe: (enqueue) => collection.subscribeServed(() => keys().forEach(enqueue)),
  };
}

function routed({ studentDeployments: all }: Stores): ObjectKey[] {
  return all
    .list()
    .filter(({ spec }) => spec.route !== undefined)
    .map(keyOf);
}

/** The student whose child it is, or whose name it has taken. */
function namesake({ studentDeployments: all }: Stores, object: KubeObject): ObjectKey[] {
  const key = keyOf(object);
  return all.get(key) === undefined ? [] : [key];
}

/** The student whose Deployment it scales. */
function scaledStudents({ studentDeployments: all }: Stores, { metadata, spec }: HorizontalPodAutoscaler): ObjectKey[] {
  const key = { namespace: metadata.namespace ?? '', name: spec.scaleTargetRef.name };
  return spec.scaleTargetRef.kind === 'Deployment' && all.get(key) !== undefined ? [key] : [];
}

function ownerKeys({ metadata }: KubeObject): ObjectKey[] {
  const name = metadata.labels?.[studentDeploymentLabel];
  return name === undefined ? [] : [{ namespace: metadata.namespace ?? '', name }];
}

function unplaced({ studentDeployments: all }: Stores): ObjectKey[] {
  const waits = ({ status }: StudentDeployment): boolean =>
    status?.conditions?.some(({ type, status: value }) => type === 'Placed' && value === 'False') ?? false;
  return all.list().filter(waits).map(keyOf);
}
