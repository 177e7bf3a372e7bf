import { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher } from 'undici';
import type { KubeObject } from './types.ts';

const requestTimeoutMs = 15_000;

/** What the API server answered when it refused. */
class ApiError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(what: string, status: number, body: { reason?: string; message?: string }) {
    super(`${what}: ${status} ${body.reason ?? ''}: ${body.message ?? ''}`);
    this.status = status;
    this.reason = body.reason ?? '';
  }
}

/** Whether `error` is the API server's refusal with one of these HTTP statuses. */
export function isStatus(error: unknown, ...statuses: number[]): boolean {
  return error instanceof ApiError && statuses.includes(error.status);
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
type PatchType = 'merge' | 'strategic-merge';

export interface ListResult<T> {
  metadata: { resourceVersion: string };
  items: T[];
}

/** Where the API server listens and how to prove who asks. */
interface Connection {
  server: string;
  headers: Record<string, string>;
  tls: { ca?: string; cert?: string; key?: string; rejectUnauthorized?: boolean };
}

async function readConnection(path: string): Promise<Connection> {
  const config = new KubeConfig();
  config.loadFromFile(path);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error(`reading ${path}: the current context names no cluster`);
  const options: Record<string, unknown> = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, rejectUnauthorized, headers } = options as Connection['tls'] & {
    headers?: Record<string, string>;
  };
  const tls = Object.fromEntries(
    Object.entries({ ca, cert, key, rejectUnauthorized }).filter(([, value]) => value !== undefined),
  );
  return { server, headers: headers ?? {}, tls };
}

/** Raw JSON over pooled connections: one pool for requests, one socket for each watch. */
export class ApiClient {
  readonly server: URL;
  readonly #headers: Record<string, string>;
  readonly #requests: Agent;
  readonly #watches: Agent;

  private constructor(connection: Connection) {
    this.server = new URL(connection.server);
    this.#headers = connection.headers;
    const connect = connection.tls;
    this.#requests = new Agent({ connect, allowH2: false, connections: 16, headersTimeout: requestTimeoutMs });
    this.#watches = new Agent({ connect, allowH2: false, bodyTimeout: 0 });
  }

  static async fromKubeconfig(path: string): Promise<ApiClient> {
    return new ApiClient(await readConnection(path));
  }

  get<T>(path: string): Promise<T> {
    return this.#send<T>('GET', path);
  }

  list<T extends KubeObject>(path: string, query: Record<string, string> = {}): Promise<ListResult<T>> {
    return this.#send<ListResult<T>>('GET', withQuery(path, query));
  }

  create<T>(path: string, body: unknown): Promise<T> {
    return this.#send<T>('POST', path, body);
  }

  patch<T>(path: string, body: unknown, type: PatchType = 'merge'): Promise<T> {
    return this.#send<T>('PATCH', path, body, `application/${type}-patch+json`);
  }

  delete(path: string, body: unknown = {}): Promise<unknown> {
    return this.#send('DELETE', path, body);
  }

  /** Opens a watch: the response's body is a stream of JSON lines. */
  async watch(path: string, query: Record<string, string>, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const url = withQuery(path, { ...query, watch: 'true', allowWatchBookmarks: 'true' });
    const response = await this.#watches.request({
      origin: this.server.origin,
      path: url,
      method: 'GET',
      headers: this.#headers,
      signal,
    });
    if (response.statusCode !== 200) await refuse(`watching ${path}`, response);
    return response;
  }

  async close(): Promise<void> {
    await Promise.all([this.#requests.destroy(), this.#watches.destroy()]);
  }

  async #send<T>(method: Method, path: string, body?: unknown, contentType = 'application/json'): Promise<T> {
    const response = await this.#requests.request({
      origin: this.server.origin,
      path,
      method,
      headers: {
        ...this.#headers,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': contentType }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    if (response.statusCode >= 300) await refuse(`${method} ${path}`, response);
    const result: T = JSON.parse(await response.body.text());
    return result;
  }
}

function withQuery(path: string, query: Record<string, string>): string {
  return `${path}?${new URLSearchParams(query).toString()}`;
}

async function refuse(what: string, response: Dispatcher.ResponseData): Promise<never> {
  const text = await response.body.text();
  let body: { reason?: string; message?: string };
  try {
    body = JSON.parse(text);
  } catch {
    body = { message: text.slice(0, 200) };
  }
  throw new ApiError(what, response.statusCode, body);
}
