import { connect, createServer, type Socket } from 'node:net';
import type { ApiClient } from './api-client.ts';
import { listenOnLoopback } from './loopback-server.ts';
import { toLoopback } from './pod-address.ts';
import type { EndpointSlice, Log, Service } from './types.ts';
import { Watcher } from './watch.ts';

const serviceLabel = 'kubernetes.io/service-name';

export interface Forward {
  url: string;
  close(): Promise<void>;
}

interface Endpoint {
  host: string;
  port: number;
}

/** Makes Services reachable without a cluster network: a loopback port for each, and connections handed out in turn. */
export class ServiceForwarder {
  readonly #services: Watcher<Service>;
  readonly #slices: Watcher<EndpointSlice>;
  readonly #forwards = new Map<string, Promise<Forward>>();
  #turn = 0;

  private constructor(services: Watcher<Service>, slices: Watcher<EndpointSlice>) {
    this.#services = services;
    this.#slices = slices;
  }

  static async start(api: ApiClient, signal: AbortSignal, log: Log): Promise<ServiceForwarder> {
    const common = { api, signal, log, onChange: () => undefined };
    const services = await Watcher.start<Service>({ ...common, path: '/api/v1/services' });
    const path = '/apis/discovery.k8s.io/v1/endpointslices';
    const slices = await Watcher.start<EndpointSlice>({ ...common, path, query: { labelSelector: serviceLabel } });
    const forwarder = new ServiceForwarder(services, slices);
    signal.addEventListener('abort', () => void forwarder.#close());
    return forwarder;
  }

  /** Opens a loopback port that leads to the ready endpoints of a Service, as they come and go. */
  async forward(namespace: string, name: string, port: number | string): Promise<Forward> {
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const endpoint = this.#choose(namespace, name, port);
      sockets.add(client);
      client.once('close', () => sockets.delete(client));
      if (endpoint) join(client, endpoint);
      else client.destroy(); // as a Service without endpoints refuses
    });
    const listening = await listenOnLoopback(server);
    server.unref();
    return {
      url: `http://127.0.0.1:${listening}`,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          for (const socket of sockets) socket.destroy();
        }),
    };
  }

  /** Replaces names such as `http://web.team-a.svc:8000` by loopback ports that lead to those Services. */
  async rewriteNames(text: string): Promise<string> {
    const pattern = /\b(https?):\/\/([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?(?::(\d+))?(?![\w.-])/g;
    let result = '';
    let end = 0;
    for (const match of text.matchAll(pattern)) {
      const [whole, scheme = '', name = '', namespace = '', port] = match;
      const forward = await this.#shared(namespace, name, Number(port ?? (scheme === 'https' ? 443 : 80)));
      result += `${text.slice(end, match.index)}${scheme}://${new URL(forward.url).host}`;
      end = match.index + whole.length;
    }
    return result + text.slice(end);
  }

  #shared(namespace: string, name: string, port: number): Promise<Forward> {
    const key = `${namespace}/${name}:${port}`;
    const forward = this.#forwards.get(key) ?? this.forward(namespace, name, port);
    this.#forwards.set(key, forward);
    return forward;
  }

  #choose(namespace: string, name: string, port: number | string): Endpoint | undefined {
    const service = this.#services.objects.get(`${namespace}/${name}`);
    const servicePort = service?.spec?.ports?.find((candidate) => candidate.port === port || candidate.name === port);
    if (!servicePort) return undefined;
    const slices = [...this.#slices.objects.values()].filter(({ metadata }) => {
      return metadata?.namespace === namespace && metadata.labels?.[serviceLabel] === name;
    });
    const endpoints = slices.flatMap((slice) => readyEndpoints(slice, servicePort.name ?? ''));
    return endpoints[this.#turn++ % endpoints.length];
  }

  async #close(): Promise<void> {
    for (const forward of this.#forwards.values()) await (await forward).close();
  }
}

function readyEndpoints(slice: EndpointSlice, portName: string): Endpoint[] {
  const port = slice.ports?.find(({ name }) => (name ?? '') === portName)?.port;
  if (port === undefined) return [];
  const ready = (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
  return ready.flatMap(({ addresses }) => addresses.map((address) => ({ host: toLoopback(address), port })));
}

function join(client: Socket, endpoint: Endpoint): void {
  const upstream = connect(endpoint);
  client.on('error', () => upstream.destroy());
  upstream.on('error', () => client.destroy());
  client.on('close', () => upstream.destroy());
  client.pipe(upstream).pipe(client);
}
