import type * as k8s from '@kubernetes/client-node';

/** A Kubernetes model as it travels: the same fields, with times as RFC 3339 strings. */
type Wire<T> = T extends Date ? string : T extends object ? { [K in keyof T]: Wire<T[K]> } : T;

export type Pod = Wire<k8s.V1Pod>;
export type PodSpec = Wire<k8s.V1PodSpec>;
export type PodStatus = Wire<k8s.V1PodStatus>;
export type PodCondition = Wire<k8s.V1PodCondition>;
export type Container = Wire<k8s.V1Container>;
export type ContainerStatus = Wire<k8s.V1ContainerStatus>;
export type Terminated = Wire<k8s.V1ContainerStateTerminated>;
export type Running = Wire<k8s.V1ContainerStateRunning>;
export type Waiting = Wire<k8s.V1ContainerStateWaiting>;
export type EnvVar = Wire<k8s.V1EnvVar>;
export type Probe = Wire<k8s.V1Probe>;
export type LifecycleHandler = Wire<k8s.V1LifecycleHandler>;
export type Volume = Wire<k8s.V1Volume>;
export type VolumeProjection = Wire<k8s.V1VolumeProjection>;
export type DownwardFile = Wire<k8s.V1DownwardAPIVolumeFile>;
export type KeyToPath = Wire<k8s.V1KeyToPath>;
export type ConfigMap = Wire<k8s.V1ConfigMap>;
export type Secret = Wire<k8s.V1Secret>;
export type Node = Wire<k8s.V1Node>;
type Taint = Wire<k8s.V1Taint>;
export type Service = Wire<k8s.V1Service>;
export type EndpointSlice = Wire<k8s.V1EndpointSlice>;
export type PersistentVolume = Wire<k8s.V1PersistentVolume>;
export type PersistentVolumeClaim = Wire<k8s.V1PersistentVolumeClaim>;

/** Any object that the API server lists. */
export interface KubeObject {
  metadata?: { name?: string; namespace?: string; uid?: string; resourceVersion?: string };
}

/** What the local node runs in the place of a container image. */
export interface LocalImage {
  /** The entry point: replaced by a container's own `command`. */
  command: string[];
  /** Arguments used when the container gives neither `command` nor `args`. */
  args?: string[];
  /** Environment baked into the image: the container's own `env` wins. */
  env?: Record<string, string>;
}

/** One node to register, or `count` of them with `-0`, `-1`, ... appended to the name. */
export interface NodeTemplate {
  name: string;
  count?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  taints?: Taint[];
  capacity?: Record<string, string>;
  allocatable?: Record<string, string>;
  providerID?: string;
}

/** Says what happens, for a person: never parsed. */
export type Log = (message: string) => void;
