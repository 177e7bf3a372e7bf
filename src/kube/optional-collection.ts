import { Backoff, type Random, reflectorBackoff } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Discovery } from './discovery.ts';
import { isFault } from './errors.ts';
import { type Log, silentLog } from './log.ts';
import { Reflector, type ReflectorOptions } from './reflector.ts';
import type { MutableStore, Store, StoreWriter } from './store.ts';
import type { KubeObject, Resource } from './types.ts';

/** A collection of a kind that others install, or do not, or remove again. */
export interface OptionalCollection<T extends KubeObject> {
  /** Empty while the kind is not served. */
  readonly store: Store<T>;
  /** Whether the store follows the server. False as well when we may not read the collection. */
  readonly served: boolean;
  /** The version that is served, for those who write such objects; missing while {@link served} is false. */
  readonly resource: Resource<T> | undefined;
  /** Calls the handler whenever {@link served} has changed; returns how to stop that. */
  subscribeServed(handler: (served: boolean) => void): () => void;
}

export interface OptionalReflectorOptions<T extends KubeObject>
  extends Omit<ReflectorOptions<T>, 'resource' | 'store' | 'namespace' | 'endsOn'> {
  /** Versions of one kind, the preferred one first. */
  readonly resources: readonly [Resource<T>, ...Resource<T>[]];
  readonly namespaces: readonly string[];
  readonly store: MutableStore<T>;
  readonly discovery: Discovery;
  /** How long to wait before looking again for a kind that is not served; at most twice as long passes. */
  readonly searchMs?: number | undefined;
  /**
   * Keep what was read when reading it is forbidden later: for kinds that are always there, and that must not seem to be gone
   * while an API server that has just started does not know its roles yet.
   */
  readonly keepsWhenForbidden?: boolean | undefined;
}

const DEFAULT_SEARCH_MS = 30_000;

/** Why a collection is not followed. */
type Absence = 'not installed' | 'forbidden';

/** What a reflector is told when its collection went away, or may not be read. */
const endsOn = new Set(['NotFound', 'Forbidden'] as const);

interface Part<T extends KubeObject> {
  readonly namespace: string | undefined;
  readonly writer: StoreWriter<T>;
}

/**
 * Follows a collection while the API server serves it, and looks for it while it does not.
 *
 * # Guarantees
 * - Like a reflector it never dies.
 * - The store is synced once the server has said that the kind is not there, or it has been read: readiness does not wait
 *   for what nobody installs, and an unreachable server is not taken for a missing kind.
 * - A kind that goes away, or that we may not read any more, leaves an empty store behind; `keepsWhenForbidden` is the exception.
 * - Whichever reason it has, absence is logged when it begins and not again.
 */
export class OptionalReflector<T extends KubeObject> implements OptionalCollection<T> {
  readonly #options: OptionalReflectorOptions<T>;
  readonly #parts: readonly Part<T>[];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #backoff: Backoff;
  readonly #handlers = new Set<(served: boolean) => void>();
  #resource: Resource<T> | undefined;
  #absence: Absence | undefined;
  #running = false;

  constructor(options: OptionalReflectorOptions<T>) {
    const { store, namespaces } = options;
    const scopes = namespaces.length > 0 ? namespaces : [undefined];
    this.#options = options;
    this.#parts = scopes.map((namespace) => ({ namespace, writer: store.writer(namespace) }));
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#log = (options.log ?? silentLog).child({ reflector: this.name });
    this.#backoff = new Backoff(reflectorBackoff, this.#clock, this.#random);
  }

  get name(): string {
    const [{ plural, group }] = this.#options.resources;
    return `${plural}.${group}`;
  }

  get running(): boolean {
    return this.#running;
  }

  get store(): Store<T> {
    return this.#options.store;
  }

  get served(): boolean {
    return this.#resource !== undefined;
  }

  get resource(): Resource<T> | undefined {
    return this.#resource;
  }

  subscribeServed(handler: (served: boolean) => void): () => void {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  /** Follows or looks for the collection until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#running = true;
    while (!signal.aborted) {
      const pauseMs = await this.#round(signal).catch((error: unknown) => this.#fail(error, signal));
      await this.#clock.sleep(pauseMs, signal).catch(() => undefined);
    }
    this.#running = false;
  }

  /** Looks once, and follows what is found for as long as it is there. How long to wait before the next look. */
  async #round(signal: AbortSignal): Promise<number> {
    const { discovery, resources, searchMs = DEFAULT_SEARCH_MS } = this.#options;
    const resource = await discovery.firstServed(resources, { maxAgeMs: searchMs / 2, signal });
    const absence = resource === undefined ? 'not installed' : await this.#follow(resource, signal);
    return signal.aborted ? 0 : this.#absent(absence);
  }

  /** How long to wait before the next look. */
  #absent(absence: Absence): number {
    const { searchMs = DEFAULT_SEARCH_MS, keepsWhenForbidden = false } = this.#options;
    if (absence === 'forbidden' && keepsWhenForbidden && this.#resource !== undefined) {
      if (this.#absence !== absence)
        this.#log.warn({}, 'reading an optional collection is forbidden by now: what was read of it is kept');
      this.#absence = absence;
      return this.#backoff.next();
    }
    this.#leave(absence);
    return searchMs * (1 + this.#random());
  }

  /** Ends with the signal, or when one of the reflectors was told that there is nothing to follow. */
  async #follow(resource: Resource<T>, signal: AbortSignal): Promise<Absence> {
    const following = new AbortController();
    const end = (): void => following.abort(signal.reason);
    signal.addEventListener('abort', end, { once: true });
    const unread = new Set(this.#parts);
    const ends = await Promise.all(
      this.#parts.map(async (part) => {
        const onRead = (): void => {
          unread.delete(part);
          if (unread.size === 0) this.#enter(resource);
        };
        const fault = await this.#reflector(resource, part, onRead).run(following.signal);
        end();
        return fault;
      }),
    );
    signal.removeEventListener('abort', end);
    return ends.includes('Forbidden') ? 'forbidden' : 'not installed';
  }

  #reflector(resource: Resource<T>, { namespace, writer }: Part<T>, onRead: () => void): Reflector<T> {
    const store: StoreWriter<T> = {
      apply: (object) => writer.apply(object),
      remove: (object) => writer.remove(object),
      replace: (objects) => {
        writer.replace(objects);
        onRead();
      },
    };
    return new Reflector({ ...this.#options, resource, namespace, store, endsOn });
  }

  #enter(resource: Resource<T>): void {
    this.#absence = undefined;
    if (this.#resource !== undefined) return;
    this.#resource = resource;
    this.#log.info({ version: resource.version }, 'following an optional collection');
    this.#tell(true);
  }

  #leave(absence: Absence): void {
    const wasServed = this.#resource !== undefined;
    this.#resource = undefined;
    for (const { writer } of this.#parts) writer.replace([]);
    if (this.#absence !== absence) this.#logAbsence(absence, wasServed);
    this.#absence = absence;
    if (wasServed) this.#tell(false);
  }

  #logAbsence(absence: Absence, wasServed: boolean): void {
    if (absence === 'forbidden')
      this.#log.warn({}, 'reading an optional collection is forbidden: it is taken to be empty');
    else if (wasServed) this.#log.info({}, 'an optional collection is no longer installed');
    else this.#log.debug({}, 'an optional collection is not installed');
  }

  #tell(served: boolean): void {
    for (const handler of this.#handlers) {
      try {
        handler(served);
      } catch (error) {
        this.#log.error({ err: error }, 'a handler of an optional collection failed');
      }
    }
  }

  /** The server said neither yes nor no. Only a refusal to tell counts as one. */
  #fail(error: unknown, signal: AbortSignal): number {
    if (!signal.aborted && isFault(error, 'Forbidden')) return this.#absent('forbidden');
    if (!signal.aborted) this.#log.info({ err: error }, 'looking for an optional collection was interrupted');
    return this.#backoff.next();
  }
}
