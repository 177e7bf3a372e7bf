// A server of the external metrics API, as prometheus-adapter is one: registered with the aggregation layer, asked by the HPA
// controller through the API server. What it answers is what the test says.
import { createServer, type Server } from 'node:https';
import { generate } from 'selfsigned';
import type { KubeClient } from '../../src/kube/client.ts';
import { listenOnLoopback } from './local-node/loopback-server.ts';

const group = 'external.metrics.k8s.io';
const version = 'v1beta1';
const apiService = `/apis/apiregistration.k8s.io/v1/apiservices/${version}.${group}`;

export class ExternalMetrics {
  /** By the metric's name; one that is missing has no value. */
  readonly values = new Map<string, number>();
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #client: KubeClient;

  private constructor(client: KubeClient, certificate: { key: string; cert: string }) {
    this.#client = client;
    this.#server = createServer(certificate, ({ url = '' }, response) => {
      const body = this.#answer(url);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  }

  /** @param namespace where the Service that leads to it is made. */
  static async start(client: KubeClient, namespace: string): Promise<ExternalMetrics> {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
    const metrics = new ExternalMetrics(client, { key, cert });
    const port = await listenOnLoopback(metrics.#server);
    // The aggregation layer follows an ExternalName, which needs nobody to play kube-proxy.
    await client.raw('POST', `/api/v1/namespaces/${namespace}/services`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'external-metrics' },
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
    });
    await client.raw('POST', '/apis/apiregistration.k8s.io/v1/apiservices', {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `${version}.${group}` },
      spec: {
        group,
        version,
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { namespace, name: 'external-metrics', port },
      },
    });
    return metrics;
  }

  async stop(): Promise<void> {
    await this.#client.raw('DELETE', apiService);
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(url: string): object {
    const { pathname } = new URL(url, 'https://localhost');
    const name = /\/namespaces\/[^/]+\/([^/]+)$/.exec(pathname)?.[1];
    if (name === undefined) return resources();
    this.asked.push(url);
    const value = this.values.get(name);
    const items =
      value === undefined ? [] : [{ metricName: name, metricLabels: {}, timestamp: now(), value: String(value) }];
    return { kind: 'ExternalMetricValueList', apiVersion: `${group}/${version}`, metadata: {}, items };
  }
}

function resources(): object {
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${group}/${version}`, resources: [] };
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
