import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Looks at one thing; what it returns is what is wrong, nothing when all is well. */
export type Check = () => readonly string[];

export interface HealthServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Whether a restart would help: dead reflectors. That the event loop turns is shown by the answer itself. */
  readonly healthz: Readonly<Record<string, Check>>;
  /** Whether this replica can do its work: stores synced. */
  readonly readyz: Readonly<Record<string, Check>>;
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> };
}

interface Answer {
  readonly code: number;
  readonly type: string;
  readonly body: string;
}

/** Probes come every few seconds from one kubelet; whoever sends headers more slowly is not one. */
const HEADERS_TIMEOUT_MS = 5_000;

/**
 * Serves `/healthz`, `/readyz` and `/metrics` over plain HTTP, for kubelet and Prometheus.
 *
 * # Guarantees
 * - A check that throws counts as failed and is named; nothing it says can stop the server.
 * - Nothing here needs the API server: a probe must not fail because something else is down.
 */
export class HealthServer {
  readonly #server: Server;
  readonly #options: HealthServerOptions;

  constructor(options: HealthServerOptions) {
    this.#options = options;
    this.#server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS }, (request, response) => {
      void this.#serve(request, response);
    });
  }

  /** Listens; resolves with the port. */
  async start(): Promise<number> {
    this.#server.listen(this.#options.port, this.#options.host);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#answer(request).catch(
      (error: unknown): Answer => ({ code: 500, type: 'text/plain', body: `${String(error)}\n` }),
    );
    response.writeHead(answer.code, { 'content-type': answer.type }).end(answer.body);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'method not allowed');
    const [path = ''] = (request.url ?? '').split('?', 1);
    switch (path) {
      case '/healthz':
        return judge(this.#options.healthz);
      case '/readyz':
        return judge(this.#options.readyz);
      case '/metrics':
        return { code: 200, type: this.#options.metrics.contentType, body: await this.#options.metrics.metrics() };
      default:
        return plain(404, 'not found');
    }
  }
}

/** All checks in the form Kubernetes' own servers use: a line each. */
function judge(checks: Readonly<Record<string, Check>>): Answer {
  const results = Object.entries(checks).map(([name, check]) => ({ name, problems: problemsOf(check) }));
  const lines = results.map(({ name, problems }) =>
    problems.length === 0 ? `[+]${name} ok` : `[-]${name} failed: ${problems.join(', ')}`,
  );
  return plain(results.every(({ problems }) => problems.length === 0) ? 200 : 503, lines.join('\n') || 'ok');
}

function problemsOf(check: Check): readonly string[] {
  try {
    return check();
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function plain(code: number, text: string): Answer {
  return { code, type: 'text/plain; charset=utf-8', body: `${text}\n` };
}
