/** Gathers what one look at a StudentDeployment may see, from the caches. */
import { canaryName, studentServiceName, trackServiceName } from '../api/names.ts';
import type { StudentDeployment } from '../api/v1alpha1/student-deployment.gen.ts';
import type { Observed, Optional } from '../domain/student/observed.ts';
import type { OptionalCollection } from '../kube/optional-collection.ts';
import { keyOf, type KubeObject, type ObjectKey, type Stored } from '../kube/types.ts';
import type { Calibrations } from './calibrations.ts';
import type { ClusterPools } from './cluster-pools.ts';
import type { Stores } from './stores.ts';

export interface Sight {
  readonly stores: Stores;
  readonly pools: ClusterPools;
  readonly calibrations: Calibrations;
  /** Where KEDA finds the metrics; empty when nobody said. */
  readonly prometheusUrl: string;
}

export function observeStudent(
  student: Stored<StudentDeployment>,
  { stores, pools, calibrations, prometheusUrl }: Sight,
): Omit<Observed, 'load'> {
  const key = keyOf(student);
  const { namespace, name } = key;
  const sourceName = student.spec.model.distillationJobRef?.name;
  return {
    student,
    source: sourceName === undefined ? undefined : stores.distillationJobs.get({ namespace, name: sourceName }),
    deployment: stores.deployments.get(key),
    canary: stores.deployments.get({ namespace, name: canaryName(name) }),
    service: stores.services.get({ namespace, name: studentServiceName(name) }),
    trackServices: {
      stable: stores.services.get({ namespace, name: trackServiceName(name, 'stable') }),
      canary: stores.services.get({ namespace, name: trackServiceName(name, 'canary') }),
    },
    revisions: stores.revisions.byIndex('student', `${namespace}/${name}`),
    claimTemplates: new Set(
      stores.claimTemplates.store.byIndex('student', `${namespace}/${name}`).map(({ metadata }) => metadata.name),
    ),
    disruptionBudget: stores.disruptionBudgets.get(key),
    networkPolicy: stores.networkPolicies.get(key),
    httpRoute: optional(stores.httpRoutes, key),
    inferencePool: optional(stores.inferencePools, key),
    scalers: {
      autoscalers: stores.autoscalers.byIndex('target', `${namespace}/${name}`),
      scaledObject: stores.scaledObjects.store.get(key),
      keda: stores.scaledObjects.served,
      prometheusUrl,
    },
    pods: stores.pods.byIndex('student', `${namespace}/${name}`),
    pools: pools.discovery().pools,
    calibration: calibrations.factors(),
  };
}

function optional<T extends KubeObject>({ served, store }: OptionalCollection<T>, key: ObjectKey): Optional<Stored<T>> {
  return { served, object: store.get(key) };
}
