import { mkdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ApiClient } from './api-client.ts';
import { EventRecorder } from './events.ts';
import { ImageTable } from './images.ts';
import { logPath } from './log-files.ts';
import { startLogServer } from './log-server.ts';
import { NodeRegistration } from './node-registration.ts';
import { AddressPool } from './pod-address.ts';
import { PodManager } from './pod-manager.ts';
import { startProvisioner } from './provisioner.ts';
import type { Backoff, NodeRuntime } from './runtime.ts';
import { type Forward, ServiceForwarder } from './service-forwarder.ts';
import type { LocalImage, Log, NodeTemplate } from './types.ts';
import { Watchdog } from './watchdog.ts';

export interface LocalNodeOptions {
  /** Path of a kubeconfig with the rights of a cluster administrator. */
  kubeconfig: string;
  /** Where volumes and logs live. Paths in it are put into commands, so it may hold no blanks or quotes. */
  dataDir: string;
  nodes: NodeTemplate[];
  /** By image name, without tag and digest. */
  images: Record<string, LocalImage>;
  log?: Log;
  /** Between restarts of a failing container, and between attempts to start one that lacks something. */
  backoff?: Partial<Backoff>;
  /** How often the contents of mounted volumes are brought up to date. */
  refreshMs?: number;
}

export interface LocalNode {
  /** Opens a loopback port that leads to the ready endpoints of a Service. */
  forwardService(namespace: string, name: string, port: number | string): Promise<Forward>;
  /** What a container of an existing pod has written since its latest start. */
  logs(namespace: string, pod: string, container: string): Promise<string>;
  addImage(name: string, image: LocalImage): void;
  removeImage(name: string): void;
  addNodes(template: NodeTemplate): Promise<void>;
  /** Deletes a node, as when its machine is given back: its pods are left to the garbage collector. */
  removeNode(name: string): Promise<void>;
  /** Kills every process; the nodes stay registered and turn NotReady, as those of a machine that lost power. */
  stop(): Promise<void>;
}

/**
 * Starts a development-only stand-in for kubelets: nodes whose pods are plain processes of this machine.
 *
 * Caveats: a process is kept apart by nothing but its directory, its address and its process group. Container paths
 * are rewritten in commands, arguments and environment values, so a program must take its paths from there. A server
 * has to listen on its pod's address (`status.podIP`), not on every address. Users, capabilities, read-only mounts and
 * resource limits are not enforced.
 */
export async function startLocalNode(options: LocalNodeOptions): Promise<LocalNode> {
  const stopping = new AbortController();
  const runtime = await createRuntime(options, stopping.signal);
  const { api, dataDir, services, images, signal, log } = runtime;
  const pods = new PodManager(runtime, (name) => registration.isOurs(name));
  const find = (namespace: string, name: string) => pods.find(namespace, name);
  const logServer = await startLogServer({ dataDir, find, pods: () => pods.pods() });
  const registration = new NodeRegistration({ api, logPort: logServer.port, signal, log });
  runtime.allocatable = (name) => registration.allocatable(name);
  await startProvisioner({ api, dataDir, signal, log });
  for (const template of options.nodes) await registration.add(template);
  await pods.start();
  void registration.keepAlive();
  return {
    forwardService: (namespace, name, port) => services.forward(namespace, name, port),
    logs: (namespace, pod, container) => readLog(pods, dataDir, { namespace, pod, container }),
    addImage: (name, image) => images.add(name, image),
    removeImage: (name) => images.remove(name),
    addNodes: (template) => registration.add(template),
    removeNode: (name) => registration.remove(name),
    stop: async () => {
      stopping.abort();
      runtime.watchdog.close();
      runtime.addresses.close();
      logServer.close();
      await api.close();
    },
  };
}

async function createRuntime(options: LocalNodeOptions, signal: AbortSignal): Promise<NodeRuntime> {
  const dataDir = resolve(options.dataDir);
  if (!/^[\w./+-]+$/.test(dataDir))
    throw new Error(`starting the local node: data directory "${dataDir}" needs a plainer path`);
  await mkdir(dataDir, { recursive: true });
  const log = options.log ?? (() => undefined);
  const api = await ApiClient.fromKubeconfig(options.kubeconfig);
  return {
    api,
    dataDir,
    signal,
    log,
    images: new ImageTable(options.images),
    services: await ServiceForwarder.start(api, signal, log),
    addresses: await AddressPool.claim(),
    events: new EventRecorder(api, log),
    watchdog: new Watchdog(),
    backoff: { firstMs: 1_000, mostMs: 30_000, ...options.backoff },
    refreshMs: options.refreshMs ?? 10_000,
    allocatable: () => ({}),
  };
}

async function readLog(
  pods: PodManager,
  dataDir: string,
  wanted: { namespace: string; pod: string; container: string },
): Promise<string> {
  const found = pods.find(wanted.namespace, wanted.pod);
  const { containerStatuses = [], initContainerStatuses = [] } = found?.status ?? {};
  const status = [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === wanted.container);
  if (!found || !status) throw new Error(`reading logs of ${wanted.namespace}/${wanted.pod}: no such pod or container`);
  const run = Number(status.containerID?.split('/').at(-1) ?? 0);
  return readFile(logPath(dataDir, { ...wanted, uid: found.metadata?.uid ?? '' }, run), 'utf8');
}
