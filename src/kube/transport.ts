import { createHash } from 'node:crypto';
import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { Agent, type buildConnector, type Dispatcher, ProxyAgent } from 'undici';

type DispatcherOptions = ReturnType<KubeConfig['createDispatcherOptions']>;
type AgentOptions = Agent.Options;

/** Enough for every worker of every controller; more only queues inside the API server. */
const REQUEST_CONNECTIONS = 16;

const requestAgent: AgentOptions = {
  allowH2: false,
  connections: REQUEST_CONNECTIONS,
  headersTimeout: 15_000,
  bodyTimeout: 30_000,
  connectTimeout: 10_000,
};

/**
 * One socket per watch: on a shared HTTP/2 connection a half-open peer would stall them all. The body has no time limit
 * here; each watch sets the silence it tolerates.
 */
const watchAgent: AgentOptions = { allowH2: false, headersTimeout: 30_000, bodyTimeout: 0, connectTimeout: 10_000 };

/** The two connection pools to one API server under one identity. */
interface Pools {
  readonly fingerprint: string;
  readonly requests: Dispatcher;
  readonly watches: Dispatcher;
}

/** What to put on a request so that it reaches the server as us. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly requests: Dispatcher;
  readonly watches: Dispatcher;
}

/** Tokens are re-read from disk at most every minute, so this adds nothing to how stale one can be. */
const CREDENTIALS_LIFETIME_MS = 10_000;

/**
 * client-node's configuration (kubeconfig files, in-cluster files, exec plugins, token files) over pooled connections.
 *
 * # Guarantees
 * - Requests share one pool and watches have their own; both live until {@link close} or until the cluster's
 *   certificates change, when new pools take over and the old ones end with their last request.
 * - The generated API classes of client-node use the same pools when given this configuration.
 *
 * # Caveats
 * - The base class opens a new TLS connection for every request. It does so in `createDispatcher`, which is private;
 *   we answer `none` in the public `createDispatcherOptions`, keep the options, and set our own dispatcher.
 * - SOCKS proxies are refused: their connector is private to the base class.
 */
export class PooledKubeConfig extends KubeConfig {
  #pools: Pools | undefined;
  #credentials: { readonly value: Credentials; readonly expires: number } | undefined;

  override createDispatcherOptions(...args: Parameters<KubeConfig['createDispatcherOptions']>): DispatcherOptions {
    const options = super.createDispatcherOptions(...args);
    this.#usePools(options);
    return { type: 'none' };
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    if (this.#pools) context.setDispatcher(this.#pools.requests);
  }

  /** Headers and pools for the current cluster and user, read again every few seconds. */
  async credentials(): Promise<Credentials> {
    const now = performance.now();
    if (this.#credentials && this.#credentials.expires > now) return this.#credentials.value;
    const context = new RequestContext(this.server(), HttpMethod.GET);
    await this.applySecurityAuthentication(context);
    const pools = this.#pools;
    if (!pools) throw new Error('connecting to the API server: no connection pool was made');
    const value = { headers: context.getHeaders(), requests: pools.requests, watches: pools.watches };
    this.#credentials = { value, expires: now + CREDENTIALS_LIFETIME_MS };
    return value;
  }

  /** Reads tokens and certificates again before the next request, because the server refused the present ones. */
  forgetCredentials(): void {
    this.#credentials = undefined;
  }

  /** The API server's base URL. */
  server(): string {
    const cluster = this.getCurrentCluster();
    if (!cluster) throw new Error('reading the kubeconfig: it has no current cluster');
    return cluster.server.replace(/\/+$/, '');
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    const pools = this.#pools;
    this.#pools = undefined;
    this.#credentials = undefined;
    await Promise.all([pools?.requests.destroy(), pools?.watches.destroy()]);
  }

  #usePools(options: DispatcherOptions): void {
    const fingerprint = fingerprintOf(options);
    if (this.#pools?.fingerprint === fingerprint) return;
    const old = this.#pools;
    this.#pools = {
      fingerprint,
      requests: dispatcherFor(options, requestAgent),
      watches: dispatcherFor(options, watchAgent),
    };
    void old?.requests.close();
    void old?.watches.close();
  }
}

/** Equal for equal options; a digest, so that no key material is kept a second time. */
function fingerprintOf(options: DispatcherOptions): string {
  const text = JSON.stringify(options, (_, value: unknown) => (value instanceof Uint8Array ? String(value) : value));
  return createHash('sha256').update(text).digest('hex');
}

function dispatcherFor(options: DispatcherOptions, agent: AgentOptions): Dispatcher {
  switch (options.type) {
    case 'none':
      return new Agent(agent);
    case 'agent':
      return new Agent({ ...agent, connect: tls(options.connect) });
    case 'proxy':
      return new ProxyAgent({
        ...agent,
        uri: options.uri,
        requestTls: tls(options.requestTls),
        connect: tls(options.connect),
      });
    case 'socks':
      throw new Error('connecting to the API server: SOCKS proxies are not supported');
  }
}

/** client-node and undici describe the same options; only their notions of an absent one differ. */
function tls(options: object): buildConnector.BuildOptions {
  return options;
}
