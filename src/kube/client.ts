import { Backoff, type BackoffOptions, type Random } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';
import { classify, faultPolicy } from './errors.ts';
import { type ClientMetrics, noMetrics } from './metrics.ts';
import { collectionPath, objectPath, query } from './paths.ts';
import type { PooledKubeConfig } from './transport.ts';
import {
  type Applied,
  apiVersionOf,
  type Draft,
  formatKey,
  type KubeObject,
  keyOf,
  type ObjectKey,
  type Resource,
  type Stored,
} from './types.ts';
import { type WatchEvent, watchEvents } from './watch-events.ts';
import { type Method, Wire, type WireRequest } from './wire.ts';

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  /** For the call as a whole, repetitions included. */
  readonly timeoutMs?: number | undefined;
}

export interface ListOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  /** `undefined` asks for the most recent state; `'0'` for whatever the server has cached. */
  readonly resourceVersion?: string | undefined;
}

export interface List<T extends KubeObject> {
  readonly items: Stored<T>[];
  readonly resourceVersion: string;
  /** The token of the next page, when there is one. */
  readonly continue: string | undefined;
}

export interface WatchOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly resourceVersion?: string | undefined;
  /** After how long the server is to end the watch. */
  readonly timeoutSeconds?: number | undefined;
  /** Begin with the present objects as `ADDED` events, closed by a bookmark. */
  readonly sendInitialEvents?: boolean | undefined;
  /** How long the stream may be silent, bookmarks included, before it is taken for dead. */
  readonly inactivityMs?: number | undefined;
}

export interface ApplyOptions extends RequestOptions {
  readonly fieldManager: string;
  /** Take over fields that another manager owns. */
  readonly force?: boolean | undefined;
  readonly subresource?: 'status' | undefined;
}

export type Patch = (
  | { readonly type: 'json'; readonly body: readonly object[] }
  | { readonly type: 'merge' | 'strategic'; readonly body: object }
) & { readonly subresource?: string | undefined; readonly fieldManager?: string | undefined };

export interface DeleteOptions extends RequestOptions {
  /** Refuse with `Conflict` unless the object still has this uid. */
  readonly uid?: string | undefined;
  /** Refuse with `Conflict` unless the object still has this version. */
  readonly resourceVersion?: string | undefined;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan' | undefined;
  readonly gracePeriodSeconds?: number | undefined;
}

export interface KubeClientOptions {
  readonly config: PooledKubeConfig;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly metrics?: ClientMetrics | undefined;
  readonly userAgent?: string | undefined;
  /** Told of the `Date` of each answer: see {@link ServerClock}. */
  readonly onDate?: ((date: string | undefined) => void) | undefined;
  /** Called before every write; what it throws is what the write throws. */
  readonly fence?: (() => void) | undefined;
}

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_INACTIVITY_MS = 90_000;

/** Short: a controller that is told of a failure can do other work meanwhile. */
const resendBackoff: BackoffOptions = { minMs: 100, maxMs: 5_000, factor: 3, jitter: 0.5, resetAfterMs: Infinity };
const MOST_ATTEMPTS = 4;

/**
 * The API server's verbs over pooled connections, in raw JSON.
 *
 * # Guarantees
 * - Every call ends: with a value, a `KubeError`, or the reason of the caller's signal.
 * - A request is repeated only where `faultPolicy` allows it for its verb, at most three times and within its timeout.
 * - Objects are what the server sent: fields newer than this code are kept.
 *
 * # Caveats
 * - A write that fails as `Unavailable` or `Transport` may have happened. Give creations deterministic names, and
 *   deletions a uid.
 * - There is no `replace`: read-modify-write loses what others wrote. Use {@link apply} or {@link patch}.
 */
export class KubeClient {
  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #options: KubeClientOptions;

  constructor(options: KubeClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#wire = new Wire(options.config, {
      clock: this.#clock,
      metrics: options.metrics ?? noMetrics,
      userAgent: options.userAgent ?? 'stratos',
      onDate: options.onDate ?? (() => undefined),
    });
  }

  /** The same client, asking for permission before every write: what a replica uses that writes only as the leader. */
  fenced(fence: () => void): KubeClient {
    return new KubeClient({ ...this.#options, fence });
  }

  /** Reads one object from the server. */
  async get<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options: RequestOptions = {},
  ): Promise<Stored<T>> {
    const request = this.#request('get', 'GET', objectPath(resource, key), doing('getting', resource, key));
    return (await this.#call(request, options)) as Stored<T>;
  }

  /** Reads one page of a collection: all of it when `limit` is not set. */
  async list<T extends KubeObject>(
    resource: Resource<T>,
    list: ListOptions = {},
    options: RequestOptions = {},
  ): Promise<List<T>> {
    const { namespace, ...parameters } = list;
    const path = collectionPath(resource, namespace) + query(parameters);
    const body = await this.#call(this.#request('list', 'GET', path, `listing ${resource.plural}`), options);
    return readList(resource, body);
  }

  /** Creates an object; `AlreadyExists` when the name is taken. */
  async create<T extends KubeObject>(
    resource: Resource<T>,
    object: Draft<T>,
    options: RequestOptions & { readonly fieldManager?: string } = {},
  ): Promise<Stored<T>> {
    const { namespace } = object.metadata;
    const path = collectionPath(resource, namespace) + query({ fieldManager: options.fieldManager });
    const request = this.#request('create', 'POST', path, doing('creating', resource, keyOf(object)));
    return (await this.#call({ ...request, body: object }, options)) as Stored<T>;
  }

  /**
   * Server-side apply: makes the object have these fields, creating it if need be, and gives up those that this field
   * manager owned and that are no longer mentioned. `Conflict` when another manager owns one, unless `force`.
   */
  async apply<T extends KubeObject>(
    resource: Resource<T>,
    object: Applied<T>,
    options: ApplyOptions,
  ): Promise<Stored<T>> {
    const { fieldManager, force, subresource } = options;
    const path = objectPath(resource, keyOf(object), subresource) + query({ fieldManager, force: force ?? false });
    const request = this.#request('apply', 'PATCH', path, doing('applying', resource, keyOf(object)));
    return (await this.#call({ ...request, body: object, contentType: patchTypes.apply }, options)) as Stored<T>;
  }

  /** Sends a patch. With a `test` operation or a `resourceVersion` in it, it is an optimistic lock. */
  async patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: Patch,
    options: RequestOptions = {},
  ): Promise<Stored<T>> {
    const path = objectPath(resource, key, patch.subresource) + query({ fieldManager: patch.fieldManager });
    const request = this.#request('patch', 'PATCH', path, doing('patching', resource, key));
    return (await this.#call(
      { ...request, body: patch.body, contentType: patchTypes[patch.type] },
      options,
    )) as Stored<T>;
  }

  /** Asks for the deletion of an object; finalizers and grace periods may keep it for a while. */
  async delete<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options: DeleteOptions = {},
  ): Promise<void> {
    const { uid, resourceVersion, propagation, gracePeriodSeconds } = options;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: propagation ?? 'Background',
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      preconditions: { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) },
    };
    const request = this.#request('delete', 'DELETE', objectPath(resource, key), doing('deleting', resource, key));
    await this.#call({ ...request, body }, options);
  }

  /**
   * Opens a watch. The promise resolves when the server has accepted it; the events end when the server or the signal
   * ends them. Not repeated by itself: that is the reflector's part.
   */
  async watch<T extends KubeObject>(
    resource: Resource<T>,
    watch: WatchOptions,
    signal: AbortSignal,
  ): Promise<AsyncIterable<WatchEvent<T>>> {
    const { namespace, inactivityMs, sendInitialEvents, ...parameters } = watch;
    const streaming = sendInitialEvents ? { sendInitialEvents, resourceVersionMatch: 'NotOlderThan' } : {};
    const search = query({ watch: true, allowWatchBookmarks: true, ...parameters, ...streaming });
    const what = `watching ${resource.plural}`;
    const request = this.#request('watch', 'GET', collectionPath(resource, namespace) + search, what);
    const body = await this.#wire.stream(request, inactivityMs ?? DEFAULT_INACTIVITY_MS, signal);
    return watchEvents<T>(what, body);
  }

  /** Any other request (discovery, TokenReview, `/readyz`); the answer is parsed when it is JSON. */
  async raw(method: Method, path: string, body?: object, options: RequestOptions = {}): Promise<unknown> {
    const request = this.#request(method.toLowerCase(), method, path, `requesting ${method} ${path}`);
    return this.#call(body === undefined ? request : { ...request, body }, options);
  }

  #request(verb: string, method: Method, path: string, what: string): WireRequest {
    return { verb, method, path, doing: what };
  }

  async #call(request: WireRequest, options: RequestOptions): Promise<unknown> {
    options.signal?.throwIfAborted();
    const backoff = new Backoff(resendBackoff, this.#clock, this.#random);
    const deadline = this.#clock.monotonic() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    for (let attempt = 1; ; attempt += 1) {
      if (request.method !== 'GET') this.#options.fence?.();
      try {
        return await this.#wire.send(request, deadline - this.#clock.monotonic(), options.signal);
      } catch (error) {
        const delay = attempt < MOST_ATTEMPTS ? resendDelay(request, error, backoff) : undefined;
        if (delay === undefined || this.#clock.monotonic() + delay >= deadline) throw error;
        await this.#clock.sleep(delay, options.signal);
      }
    }
  }
}

const idempotentVerbs = new Set(['get', 'list', 'apply', 'delete']);

/** After how long to send again; `undefined` when that is not allowed. */
function resendDelay(request: WireRequest, error: unknown, backoff: Backoff): number | undefined {
  const fault = classify(error);
  const { resend } = faultPolicy[fault.type];
  const unsent = fault.type === 'Transport' && !fault.sent;
  const allowed = resend === 'any-verb' || (resend !== 'never' && (unsent || idempotentVerbs.has(request.verb)));
  if (!allowed) return undefined;
  const delay = backoff.next();
  return fault.type === 'Throttled' ? Math.max(delay, fault.afterMs) : delay;
}

function doing(participle: string, resource: Resource<KubeObject>, key: ObjectKey): string {
  return `${participle} ${resource.plural} ${formatKey(key)}`;
}

/** Items of a list come without `apiVersion` and `kind`; everything behind this line may rely on them. */
function readList<T extends KubeObject>(resource: Resource<T>, body: unknown): List<T> {
  const { items, metadata } = body as {
    readonly items: Omit<Stored<T>, 'apiVersion' | 'kind'>[] | null;
    readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  };
  const identity = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  return {
    items: (items ?? []).map((item) => ({ ...identity, ...item }) as Stored<T>),
    resourceVersion: metadata.resourceVersion,
    continue: metadata.continue || undefined,
  };
}
