// What the tests of this folder share: a client of the shared control plane, and a kind of our own to try things on.
import { KubeClient, type KubeClientOptions } from '../../../src/kube/client.ts';
import type { Condition } from '../../../src/api/condition-list.ts';
import { ignoreNotFound, isFault } from '../../../src/kube/errors.ts';
import { clusterScoped, namespaced } from '../../../src/kube/resources.ts';
import { PooledKubeConfig } from '../../../src/kube/transport.ts';
import type { KubeObject, Resource } from '../../../src/kube/types.ts';
import { until } from '../../support/control-plane/http.ts';
import { sharedControlPlane } from '../../support/control-plane/shared.ts';

export interface Widget extends KubeObject {
  readonly spec?: { readonly size?: number };
  readonly status?: {
    readonly summary?: string;
    readonly plan?: { readonly cost?: string; readonly pool?: string };
    readonly conditions?: readonly Condition[];
    readonly front?: readonly string[];
  };
}

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

export const widgets: Resource<Widget> = namespaced('kube.test.stratos.dev/v1', 'widgets', 'Widget');
export const configMaps: Resource<ConfigMap> = namespaced('v1', 'configmaps', 'ConfigMap');

const crds: Resource<KubeObject & { readonly spec: unknown }> = clusterScoped(
  'apiextensions.k8s.io/v1',
  'customresourcedefinitions',
  'CustomResourceDefinition',
);

export interface Connection extends AsyncDisposable {
  readonly config: PooledKubeConfig;
  readonly client: KubeClient;
}

/** A client with connections of its own. */
export function connect(options: Omit<KubeClientOptions, 'config'> = {}): Connection {
  const config = new PooledKubeConfig();
  config.loadFromFile(sharedControlPlane().kubeconfig);
  const client = new KubeClient({ config, ...options });
  return { config, client, [Symbol.asyncDispose]: () => config.close() };
}

/** A config map that carries the number `n`. */
export function configMap(namespace: string, name: string, n = 0): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data: { n: String(n) } };
}

export function widget(namespace: string, name: string): Widget {
  return { apiVersion: 'kube.test.stratos.dev/v1', kind: 'Widget', metadata: { namespace, name }, spec: { size: 1 } };
}

/** Makes the API server serve widgets. */
export async function installWidgets(client: KubeClient): Promise<void> {
  await install(client, widgetDefinition, widgets);
}

/** A kind that tests install and remove: only its old version is served. */
export const gadgets = clusterScoped<KubeObject>('optional.test.stratos.dev/v1', 'gadgets', 'Gadget');
export const oldGadgets = clusterScoped<KubeObject>('optional.test.stratos.dev/v1alpha1', 'gadgets', 'Gadget');

export async function installGadgets(client: KubeClient): Promise<void> {
  await install(client, gadgetDefinition, oldGadgets);
}

export async function removeGadgets(client: KubeClient): Promise<void> {
  const key = { namespace: '', name: gadgetDefinition.metadata.name };
  await ignoreNotFound(client.delete(crds, key));
  await until('gadgets to be gone', { withinMs: 20_000 }, async () => {
    return (await ignoreNotFound(client.get(crds, key))) === undefined;
  });
}

async function install(
  client: KubeClient,
  definition: typeof widgetDefinition | typeof gadgetDefinition,
  resource: Resource<KubeObject>,
): Promise<void> {
  await client.apply(crds, definition, { fieldManager: 'test' });
  await until(`${resource.plural} to be served`, { withinMs: 20_000 }, async () => {
    try {
      await client.list(resource, { limit: 1 });
      return true;
    } catch (error) {
      if (isFault(error, 'NotFound') || isFault(error, 'Throttled')) return false;
      throw error;
    }
  });
}

const gadgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'gadgets.optional.test.stratos.dev' },
  spec: {
    group: 'optional.test.stratos.dev',
    scope: 'Cluster',
    names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget' },
    versions: [{ name: 'v1alpha1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};

const text = { type: 'string' };

const statusSchema = {
  type: 'object',
  properties: {
    summary: text,
    plan: { type: 'object', properties: { cost: text, pool: text } },
    front: { type: 'array', items: text, 'x-kubernetes-list-type': 'atomic' },
    conditions: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: {
        type: 'object',
        required: ['type', 'status'],
        properties: {
          type: text,
          status: text,
          reason: text,
          message: text,
          lastTransitionTime: { type: 'string', format: 'date-time' },
          observedGeneration: { type: 'integer', format: 'int64' },
        },
      },
    },
  },
};

const widgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.kube.test.stratos.dev' },
  spec: {
    group: 'kube.test.stratos.dev',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { size: { type: 'integer', maximum: 10 } } },
              status: statusSchema,
            },
          },
        },
      },
    ],
  },
};
