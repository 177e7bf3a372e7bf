// Karpenter's NodePool as its published definition has it: the fields that a NodePool is given, with their types and bounds.
import type { ControlPlane } from './control-plane/control-plane.ts';

const text = { type: 'string' };
const quantities = {
  type: 'object',
  additionalProperties: { anyOf: [{ type: 'integer' }, text], 'x-kubernetes-int-or-string': true },
};
const taints = {
  type: 'array',
  items: {
    type: 'object',
    required: ['effect', 'key'],
    properties: {
      key: { ...text, minLength: 1 },
      value: text,
      effect: { ...text, enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
    },
  },
};
const requirements = {
  type: 'array',
  maxItems: 100,
  items: {
    type: 'object',
    required: ['key', 'operator'],
    properties: {
      key: { ...text, maxLength: 316 },
      operator: { ...text, enum: ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'] },
      values: { type: 'array', items: text, 'x-kubernetes-list-type': 'atomic' },
      minValues: { type: 'integer', minimum: 1, maximum: 50 },
    },
  },
};
const nodeClaimSpec = {
  type: 'object',
  required: ['nodeClassRef', 'requirements'],
  properties: {
    nodeClassRef: {
      type: 'object',
      required: ['group', 'kind', 'name'],
      properties: { group: text, kind: text, name: text },
    },
    requirements,
    taints,
    startupTaints: taints,
    expireAfter: { ...text, default: '720h' },
  },
};
const schema = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['template'],
      properties: {
        template: {
          type: 'object',
          required: ['spec'],
          properties: {
            metadata: {
              type: 'object',
              properties: { labels: { type: 'object', additionalProperties: { ...text, maxLength: 63 } } },
            },
            spec: nodeClaimSpec,
          },
        },
        limits: quantities,
        weight: { type: 'integer', minimum: 1, maximum: 100 },
      },
    },
    status: { type: 'object', properties: { resources: quantities } },
  },
};

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'nodepools.karpenter.sh' },
  spec: {
    group: 'karpenter.sh',
    scope: 'Cluster',
    names: { plural: 'nodepools', singular: 'nodepool', kind: 'NodePool', categories: ['karpenter'] },
    versions: [
      { name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: schema } },
    ],
  },
};

type Kubectl = Pick<ControlPlane, 'kubectl'>;

export async function installKarpenter(cluster: Kubectl): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(definition));
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', `crd/${definition.metadata.name}`]);
}

/** With everything that is of it. */
export async function removeKarpenter(cluster: Kubectl): Promise<void> {
  await cluster.kubectl(['delete', 'crd', definition.metadata.name, '--ignore-not-found']);
}
