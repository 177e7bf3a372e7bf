import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withNamespace } from '../control-plane/namespace.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { type LocalNode, type LocalNodeOptions, startLocalNode } from './local-node.ts';
import { storageClassName } from './provisioner.ts';
import type { Container, Pod, PodSpec } from './types.ts';

/** What `kubectl get` shows of any object that a test looks at. */
export interface Shown {
  metadata: { name: string; labels?: Record<string, string> };
  spec?: { volumeName?: string };
  status?: { conditions?: { type: string; status: string; reason?: string }[]; failed?: number; phase?: string };
}

/** A local node on the shared control plane and a namespace for each test. */
export interface Bench {
  node: () => LocalNode;
  namespace: () => string;
  kubectl: (...args: string[]) => Promise<string>;
  /** Creates objects in the namespace of the test. */
  apply: (...objects: object[]) => Promise<void>;
  get: (...args: string[]) => Promise<Shown>;
  /** The pods of the namespace, or those with a label. */
  pods: (selector?: string) => Promise<Pod[]>;
  /** Waits until `look` gives something; fails with the pods as they are then. */
  eventually: <T>(what: string, look: () => Promise<T | undefined | false>) => Promise<T>;
  /** Stops the local node and starts another one in its place, on the same data. */
  restart: () => Promise<void>;
}

const withinMs = 60_000;
const emptyMs = 10_000;

/** The namespaces of the tests are being deleted: their pods need the local node for that. */
async function untilEmpty(): Promise<void> {
  const deadline = Date.now() + emptyMs;
  const args = ['get', 'pods', '--all-namespaces', '-o', 'name', '--field-selector', 'spec.nodeName!='];
  while ((await sharedControlPlane().kubectl(args)) !== '' && Date.now() < deadline) await sleep(250);
}

/** Call it inside a `describe`: starts a local node before its tests and takes it away after them. */
export function withLocalNode(options: Omit<LocalNodeOptions, 'kubeconfig' | 'dataDir'>): Bench {
  let node: LocalNode | undefined;
  let dataDir = '';
  const namespace = withNamespace();
  const start = async () => {
    node = await startLocalNode({ ...options, kubeconfig: sharedControlPlane().kubeconfig, dataDir });
  };
  before('start a local node', async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'local-node-'));
    await start();
  });
  after('stop the local node', async () => {
    await untilEmpty();
    await node?.stop();
    await sharedControlPlane().kubectl(['delete', 'node', ...options.nodes.map(({ name }) => name)]);
    await sharedControlPlane().kubectl(['delete', 'storageclass', storageClassName]);
    await rm(dataDir, { recursive: true, force: true });
  });

  const kubectl = (...args: string[]) => sharedControlPlane().kubectl(['--namespace', namespace(), ...args]);
  const pods = async (selector = ''): Promise<Pod[]> => {
    const list: { items: Pod[] } = JSON.parse(await kubectl('get', 'pods', '-o', 'json', '--selector', selector));
    return list.items;
  };
  return {
    node: () => {
      if (!node) throw new Error('the local node runs only while a test does');
      return node;
    },
    namespace,
    kubectl,
    apply: async (...objects) => {
      const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
      await sharedControlPlane().kubectl(['--namespace', namespace(), 'apply', '-f', '-'], list);
    },
    get: async (...args) => {
      const shown: Shown = JSON.parse(await kubectl('get', ...args, '-o', 'json'));
      return shown;
    },
    pods,
    eventually: async (what, look) => {
      const deadline = Date.now() + withinMs;
      while (Date.now() < deadline) {
        const found = await look();
        if (found) return found;
        await sleep(100);
      }
      const seen = (await pods()).map(({ metadata, status }) => ({ name: metadata?.name, status }));
      throw new Error(`${what}: not within ${withinMs} ms; the pods are ${JSON.stringify(seen, undefined, 1)}`);
    },
    restart: async () => {
      await node?.stop();
      await start();
    },
  };
}

/** A container that runs a shell script. */
export function shell(name: string, script: string, change: Partial<Container> = {}): Container {
  return { name, image: 'example.dev/shell:1', args: [script], ...change };
}

export function aPod(name: string, spec: Partial<PodSpec>): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec };
}

export function aJob(name: string, pod: Partial<PodSpec>, job: object = {}): object {
  const template = { spec: { restartPolicy: 'Never', ...pod } };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { ...job, template } };
}

export function aDeployment(name: string, pod: Partial<PodSpec>, deployment: object = {}): object {
  const template = { metadata: { labels: { app: name } }, spec: pod };
  const spec = { selector: { matchLabels: { app: name } }, template, ...deployment };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec };
}
