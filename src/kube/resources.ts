import type { KubeObject, ObjectMeta, Resource } from './types.ts';

/** Describes a namespaced kind: `namespaced<Pod>('v1', 'pods', 'Pod')`. */
export function namespaced<T extends KubeObject>(apiVersion: string, plural: string, kind: string): Resource<T> {
  return { ...splitApiVersion(apiVersion), plural, kind, namespaced: true };
}

/** Describes a cluster-scoped kind: `clusterScoped<Node>('v1', 'nodes', 'Node')`. */
export function clusterScoped<T extends KubeObject>(apiVersion: string, plural: string, kind: string): Resource<T> {
  return { ...splitApiVersion(apiVersion), plural, kind, namespaced: false };
}

function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1) };
}

export interface LeaseSpec {
  readonly holderIdentity?: string | null;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/** `coordination.k8s.io/v1` Lease. */
export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

/** Points at an object, in events. */
export interface ObjectReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** `events.k8s.io/v1` Event. */
export interface Event extends KubeObject {
  readonly metadata: ObjectMeta;
  readonly eventTime: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly regarding: ObjectReference;
  readonly related?: ObjectReference;
  readonly reportingController: string;
  readonly reportingInstance: string;
  /** Set by those who still write the old kind of event. */
  readonly deprecatedLastTimestamp?: string | null;
  /** Present once the event repeated. */
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

export const leases: Resource<Lease> = namespaced('coordination.k8s.io/v1', 'leases', 'Lease');
export const events: Resource<Event> = namespaced('events.k8s.io/v1', 'events', 'Event');
