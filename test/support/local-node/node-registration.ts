import { availableParallelism, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from './error-text.ts';
import { type ApiClient, isStatus } from './api-client.ts';
import { hostIP } from './runtime.ts';
import type { Log, Node, NodeTemplate } from './types.ts';

const leaseSeconds = 40;
const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
const heartbeatMs = 10_000;
const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

export interface RegistrationOptions {
  api: ApiClient;
  logPort: number;
  signal: AbortSignal;
  log: Log;
}

/** Registers the nodes and keeps them Ready. */
export class NodeRegistration {
  readonly #options: RegistrationOptions;
  readonly #templates = new Map<string, NodeTemplate>();

  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  isOurs(name: string): boolean {
    return this.#templates.has(name);
  }

  allocatable(name: string): Record<string, string> {
    const template = this.#templates.get(name);
    return template ? allocatableOf(template) : {};
  }

  /** Registers the nodes of a template; one that exists already is brought in line with it. */
  async add(template: NodeTemplate): Promise<void> {
    for (const node of expandTemplate(template)) {
      this.#templates.set(node.name, node);
      await this.#register(node);
      await this.#renew(node.name);
    }
  }

  async remove(name: string): Promise<void> {
    this.#templates.delete(name);
    await this.#options.api.delete(`/api/v1/nodes/${name}`).catch(ignoreMissing);
    await this.#options.api.delete(`${leases}/${name}`).catch(ignoreMissing);
  }

  /** Renews the leases until the signal is aborted. */
  async keepAlive(): Promise<void> {
    const { signal, log } = this.#options;
    while (!signal.aborted) {
      await sleep(heartbeatMs, undefined, { signal }).catch(() => undefined);
      for (const name of this.#templates.keys()) {
        if (signal.aborted) return;
        await this.#renew(name).catch((error: unknown) => log(`renewing the lease of ${name}: ${errorText(error)}`));
      }
    }
  }

  async #register(template: NodeTemplate): Promise<void> {
    const { api, logPort } = this.#options;
    const node = nodeOf(template);
    try {
      await api.create('/api/v1/nodes', node);
    } catch (error) {
      if (!isStatus(error, 409)) throw error;
      const { labels, annotations } = node.metadata ?? {};
      await api.patch(`/api/v1/nodes/${template.name}`, { metadata: { labels, annotations } });
    }
    const { gitVersion } = await api.get<{ gitVersion: string }>('/version');
    const status = { ...statusOf(template, logPort), nodeInfo: nodeInfo(gitVersion) };
    await api.patch(`/api/v1/nodes/${template.name}/status`, { status }, 'strategic-merge');
  }

  async #renew(name: string): Promise<void> {
    const { api } = this.#options;
    const renewTime = new Date().toISOString().replace('Z', '000Z'); // six digits, as a MicroTime wants
    const spec = { holderIdentity: name, leaseDurationSeconds: leaseSeconds, renewTime };
    try {
      await api.patch(`${leases}/${name}`, { spec });
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
      await api.create(leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name }, spec });
    }
  }
}

function ignoreMissing(error: unknown): void {
  if (!isStatus(error, 404)) throw error;
}

/** One template for each node that a template with a `count` stands for. */
export function expandTemplate({ count, ...template }: NodeTemplate): NodeTemplate[] {
  if (count === undefined) return [template];
  return Array.from({ length: count }, (_, index) => ({ ...template, name: `${template.name}-${index}` }));
}

function capacityOf({ capacity }: NodeTemplate): Record<string, string> {
  const memory = `${Math.floor(totalmem() / 1024)}Ki`;
  return { cpu: String(availableParallelism()), memory, pods: '110', 'ephemeral-storage': '100Gi', ...capacity };
}

function allocatableOf(template: NodeTemplate): Record<string, string> {
  return { ...capacityOf(template), ...template.allocatable };
}

function nodeOf({ name, labels, annotations, taints, providerID }: NodeTemplate): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': architecture,
        ...labels,
        'distill.stratos.dev/simulated': 'true',
      },
      ...(annotations ? { annotations } : {}),
    },
    spec: { ...(taints ? { taints } : {}), ...(providerID ? { providerID } : {}) },
  };
}

function statusOf(template: NodeTemplate, logPort: number): object {
  const now = new Date().toISOString();
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: 'as the local node says',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  });
  return {
    capacity: capacityOf(template),
    allocatable: allocatableOf(template),
    conditions: [
      condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID'),
      condition('Ready', 'True', 'KubeletReady'),
    ],
    addresses: [{ type: 'InternalIP', address: hostIP }],
    daemonEndpoints: { kubeletEndpoint: { Port: logPort } },
  };
}

/** A node claims the version of its control plane, so that whoever compares the two finds nothing amiss. */
function nodeInfo(kubeletVersion: string): object {
  return {
    kubeletVersion,
    containerRuntimeVersion: 'local-node://processes',
    osImage: 'simulated',
    operatingSystem: 'linux',
    architecture,
  };
}
