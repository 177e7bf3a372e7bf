import type { ApiClient } from './api-client.ts';
import type { EventRecorder } from './events.ts';
import type { ImageTable } from './images.ts';
import type { AddressPool } from './pod-address.ts';
import type { ServiceForwarder } from './service-forwarder.ts';
import type { Log, Pod } from './types.ts';
import type { PodVolumes } from './volumes.ts';
import type { Watchdog } from './watchdog.ts';

/** How long to wait before trying again: from the first delay, doubling, to the longest. */
export interface Backoff {
  firstMs: number;
  mostMs: number;
}

/** Where every simulated node claims to be. */
export const hostIP = '127.0.0.1';

/** Tells a program its pod's address: on a machine without pod networks, whoever listens on every address gets in another's way. */
export const addressVariable = 'LOCAL_NODE_ADDRESS';

/** Where the files of the pod's ServiceAccount are: programs look for them at a path that is fixed, and here not theirs. */
export const accountVariable = 'LOCAL_NODE_SERVICE_ACCOUNT';
/** That path. */
export const accountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What all pods of a local node share. */
export interface NodeRuntime {
  api: ApiClient;
  dataDir: string;
  images: ImageTable;
  addresses: AddressPool;
  services: ServiceForwarder;
  events: EventRecorder;
  watchdog: Watchdog;
  backoff: Backoff;
  refreshMs: number;
  /** Aborted when the local node stops: nothing is started or written after that. */
  signal: AbortSignal;
  log: Log;
  allocatable: (nodeName: string) => Record<string, string>;
}

/** What all containers of a pod share. */
export interface PodRuntime {
  node: NodeRuntime;
  /** The pod as last seen. */
  pod: () => Pod;
  /** The loopback address that its processes listen on. */
  address: string;
  directory: string;
  volumes: PodVolumes;
  /** Says that a container's record has changed. */
  changed: () => void;
}

/** The delay before attempt number `attempt`, counted from 1. */
export function delayMs({ firstMs, mostMs }: Backoff, attempt: number): number {
  return Math.min(firstMs * 2 ** (attempt - 1), mostMs);
}
