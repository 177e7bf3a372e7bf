// Nodes for the scheduler that only kwok stands behind.
import type { ControlPlane } from './control-plane.ts';

export interface FakeNode {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** What it offers besides (or instead of) 64 CPUs, 512Gi and 110 pods, like `nvidia.com/gpu`. */
  readonly capacity?: Readonly<Record<string, string>>;
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
}

/** Creates the node and returns once it is Ready. Needs a control plane with `kwok`. */
export async function addFakeNode(controlPlane: Pick<ControlPlane, 'kubectl'>, node: FakeNode): Promise<void> {
  await controlPlane.kubectl(['create', '-f', '-'], JSON.stringify(manifest(node)));
  await controlPlane.kubectl(['wait', `node/${node.name}`, '--for=condition=Ready', '--timeout=30s']);
}

export async function removeFakeNode(controlPlane: Pick<ControlPlane, 'kubectl'>, name: string): Promise<void> {
  await controlPlane.kubectl(['delete', 'node', name, '--ignore-not-found', '--wait=false']);
}

function manifest({ name, labels, capacity, taints }: FakeNode): unknown {
  const resources = { cpu: '64', memory: '512Gi', pods: '110', ...capacity };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', ...labels },
    },
    spec: taints === undefined ? {} : { taints },
    status: { capacity: resources, allocatable: resources },
  };
}
