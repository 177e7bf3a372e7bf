import type { Dispatcher } from 'undici';
import type { Clock } from './clock.ts';
import { classify, KubeError } from './errors.ts';
import type { ClientMetrics } from './metrics.ts';
import { errorFromResponse } from './status.ts';
import type { PooledKubeConfig } from './transport.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface WireRequest {
  /** The Kubernetes verb, for metrics and for the retry policy. */
  readonly verb: string;
  readonly method: Method;
  /** Path and query, from the server's root. */
  readonly path: string;
  /** What this request does, as the beginning of an error message. */
  readonly doing: string;
  readonly body?: object;
  readonly contentType?: string;
}

export interface WireOptions {
  readonly clock: Clock;
  readonly metrics: ClientMetrics;
  readonly userAgent: string;
  /** Told of the `Date` of each answer as it arrives. */
  readonly onDate: (date: string | undefined) => void;
}

type Response = Dispatcher.ResponseData;

interface Attempt {
  readonly pool: 'requests' | 'watches';
  readonly signal: AbortSignal;
  readonly bodyTimeout?: number;
}

/**
 * One attempt at one request: authenticated, timed, measured, its failure named.
 *
 * # Errors
 * A {@link KubeError}; or, when the caller's signal was aborted, the signal's reason.
 */
export class Wire {
  readonly #config: PooledKubeConfig;
  readonly #options: WireOptions;

  constructor(config: PooledKubeConfig, options: WireOptions) {
    this.#config = config;
    this.#options = options;
  }

  /** Sends the request and reads its answer: parsed if JSON, else as text; `undefined` if empty. */
  async send(request: WireRequest, timeoutMs: number, signal?: AbortSignal): Promise<unknown> {
    using limit = limited(timeoutMs, signal);
    try {
      const response = await this.#respond(request, { pool: 'requests', signal: limit.signal });
      return parse(await response.body.text(), response.headers['content-type']);
    } catch (error) {
      throw named(request, error, signal);
    }
  }

  /** Sends the request and gives its body as it comes; its reader is thrown an error after `inactivityMs` of silence. */
  async stream(request: WireRequest, inactivityMs: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    signal.throwIfAborted();
    try {
      const response = await this.#respond(request, { pool: 'watches', signal, bodyTimeout: inactivityMs });
      return chunks(request, response, signal);
    } catch (error) {
      throw named(request, error, signal);
    }
  }

  /** A 2xx response, or an exception. Counts the attempt either way. */
  async #respond(request: WireRequest, attempt: Attempt): Promise<Response> {
    const started = this.#options.clock.monotonic();
    let code = '<error>';
    try {
      const response = await this.#dispatch(request, attempt);
      code = String(response.statusCode);
      this.#options.onDate(first(response.headers['date']));
      if (response.statusCode === 401) this.#config.forgetCredentials();
      if (response.statusCode >= 300) throw await failure(request, response);
      return response;
    } finally {
      const seconds = (this.#options.clock.monotonic() - started) / 1000;
      const { host } = new URL(this.#config.server());
      this.#options.metrics.requested({ verb: request.verb, method: request.method, host, code, seconds });
    }
  }

  async #dispatch(request: WireRequest, attempt: Attempt): Promise<Response> {
    const { pool, ...limits } = attempt;
    const credentials = await this.#config.credentials();
    const server = new URL(this.#config.server());
    return credentials[pool].request({
      ...limits,
      origin: server.origin,
      path: server.pathname.replace(/\/$/, '') + request.path,
      method: request.method,
      headers: { ...this.#headers(request), ...credentials.headers },
      body: request.body === undefined ? null : JSON.stringify(request.body),
    });
  }

  #headers(request: WireRequest): Record<string, string> {
    const type = request.contentType ?? 'application/json';
    return {
      accept: 'application/json',
      'user-agent': this.#options.userAgent,
      ...(request.body === undefined ? {} : { 'content-type': type }),
    };
  }
}

/**
 * A signal that follows another one and also aborts after a while. Disposing it frees the timer and the listener:
 * `AbortSignal.any` would leave a trace on a signal that lives as long as the process.
 */
function limited(timeoutMs: number, signal?: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const follow = (): void => controller.abort(signal?.reason);
  const timer = setTimeout(() => controller.abort(timeoutError(timeoutMs)), Math.max(0, timeoutMs));
  if (signal?.aborted) follow();
  signal?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', follow);
    },
  };
}

function timeoutError(timeoutMs: number): Error {
  return Object.assign(new Error(`no answer within ${Math.round(timeoutMs)} ms`), { code: 'ETIMEDOUT' });
}

async function failure(request: WireRequest, response: Response): Promise<KubeError> {
  return errorFromResponse(request.doing, {
    code: response.statusCode,
    body: await response.body.text(),
    retryAfter: first(response.headers['retry-after']),
  });
}

function first(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

async function* chunks(
  request: WireRequest,
  response: Response,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of response.body) yield chunk as Uint8Array;
  } catch (error) {
    throw named(request, error, signal);
  }
}

function named(request: WireRequest, error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof KubeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new KubeError(`${request.doing}: ${message}`, classify(error), { cause: error });
}

function parse(text: string, contentType: string | string[] | undefined): unknown {
  if (text === '') return undefined;
  return String(contentType).includes('json') ? JSON.parse(text) : text;
}
