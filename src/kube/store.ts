import type { KubeObject, ObjectKey, Stored } from './types.ts';
import { formatKey, keyOf } from './types.ts';

type ChangeType = 'added' | 'modified' | 'deleted';

/** Told after the store has changed: the new object (absent when deleted) and the old one (absent when added). */
export type ChangeHandler<T extends KubeObject> = (
  type: ChangeType,
  object: Stored<T> | undefined,
  previous: Stored<T> | undefined,
) => void;

/** Computes the values an object is found under. */
type IndexFunction<T extends KubeObject> = (object: Stored<T>) => readonly string[];

/**
 * A read-only view of one collection, kept up to date by a reflector.
 *
 * # Guarantees
 * - Reads never wait and never see half of a change.
 * - Objects are deeply frozen: nobody can spoil what others read. Clone to edit.
 *
 * # Caveats
 * - It lags behind the server, one's own writes included: whoever writes names what it has read (uid, resourceVersion), or a name that follows from it.
 */
export interface Store<T extends KubeObject> {
  get(key: ObjectKey): Stored<T> | undefined;
  /** All objects, or those of one namespace. In no particular order. */
  list(namespace?: string): Stored<T>[];
  /** The objects that the named index files under `value`. */
  byIndex(name: string, value: string): Stored<T>[];
  readonly size: number;
  /** Whether the collection was read completely at least once. */
  readonly synced: boolean;
  /** Resolves once {@link synced}; rejects with the signal's reason. */
  waitSynced(signal?: AbortSignal): Promise<void>;
  /** Calls the handler after every change from now on; returns how to stop that. */
  subscribe(handler: ChangeHandler<T>): () => void;
}

export interface StoreOptions<T extends KubeObject> {
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /** Removes what nobody reads before an object is kept. */
  readonly strip?: (object: Stored<T>) => Stored<T>;
  /** A handler or an index function threw. It must not stop the reflector, nor the others. */
  readonly onHandlerError?: (error: unknown) => void;
}

/** Drops `managedFields`, often half of an object, except what `keepManager` owns. */
export function stripManagedFields<T extends KubeObject>(object: Stored<T>, keepManager?: string): Stored<T> {
  const { managedFields, ...metadata } = object.metadata;
  const kept = managedFields?.filter((entry) => keepManager !== undefined && entry.manager === keepManager) ?? [];
  return { ...object, metadata: kept.length > 0 ? { ...metadata, managedFields: kept } : metadata };
}

/** One index: value -> key -> object. */
class Index<T extends KubeObject> {
  readonly #valuesOf: IndexFunction<T>;
  readonly #onError: (error: unknown) => void;
  readonly #buckets = new Map<string, Map<string, Stored<T>>>();
  /** Where each object was filed: what is taken out is what was put in, even if the function has changed its mind. */
  readonly #filed = new Map<string, readonly string[]>();

  constructor(valuesOf: IndexFunction<T>, onError: (error: unknown) => void) {
    this.#valuesOf = valuesOf;
    this.#onError = onError;
  }

  find(value: string): Stored<T>[] {
    return [...(this.#buckets.get(value)?.values() ?? [])];
  }

  insert(id: string, object: Stored<T>): void {
    const values = this.#safeValuesOf(object);
    if (values.length > 0) this.#filed.set(id, values);
    for (const value of values) {
      const bucket = this.#buckets.get(value) ?? new Map<string, Stored<T>>();
      this.#buckets.set(value, bucket.set(id, object));
    }
  }

  remove(id: string): void {
    for (const value of this.#filed.get(id) ?? []) {
      const bucket = this.#buckets.get(value);
      bucket?.delete(id);
      if (bucket?.size === 0) this.#buckets.delete(value);
    }
    this.#filed.delete(id);
  }

  /** An object that the function cannot take is found under nothing; it must not keep all others out of the store. */
  #safeValuesOf(object: Stored<T>): readonly string[] {
    try {
      return this.#valuesOf(object);
    } catch (error) {
      this.#onError(error);
      return [];
    }
  }
}

/** What a reflector does to a store: to all of it, or to the one namespace that it follows. */
export interface StoreWriter<T extends KubeObject> {
  /** Adds the object, or puts it in the place of the one with its key. */
  apply(object: Stored<T>): void;
  /** Removes the object; handlers are given its last state, which the deletion event carries. */
  remove(object: Stored<T>): void;
  /** Leaves exactly these objects. Handlers are told only of differences, after all of them are made. */
  replace(objects: Iterable<Stored<T>>): void;
}

/** The name of the index every store has. */
const BY_NAMESPACE = 'namespace';

/** A store together with the writers that fill it. It is synced once each of them has replaced its part. */
export class MutableStore<T extends KubeObject> implements Store<T> {
  readonly #objects = new Map<string, Stored<T>>();
  readonly #indexes: ReadonlyMap<string, Index<T>>;
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #strip: (object: Stored<T>) => Stored<T>;
  readonly #onHandlerError: (error: unknown) => void;
  readonly #firstSync = Promise.withResolvers<void>();
  readonly #unsynced = new Set<StoreWriter<T>>();
  #synced = false;

  constructor(options: StoreOptions<T> = {}) {
    const functions: Record<string, IndexFunction<T>> = {
      ...options.indexes,
      [BY_NAMESPACE]: (object) => [object.metadata.namespace ?? ''],
    };
    this.#strip = options.strip ?? ((object) => stripManagedFields(object));
    const onError = options.onHandlerError ?? (() => undefined);
    this.#onHandlerError = onError;
    this.#indexes = new Map(Object.entries(functions).map(([name, of]) => [name, new Index(of, onError)]));
  }

  /** The way in, for everything or for one namespace. To be asked for before the first of them has replaced its part. */
  writer(namespace?: string): StoreWriter<T> {
    const writer: StoreWriter<T> = {
      apply: (object) => this.#apply(object),
      remove: (object) => this.#remove(object),
      replace: (objects) => {
        const tell = this.#replace(objects, namespace);
        this.#unsynced.delete(writer);
        this.#synced ||= this.#unsynced.size === 0;
        if (this.#synced) this.#firstSync.resolve();
        tell();
      },
    };
    this.#unsynced.add(writer);
    return writer;
  }

  get size(): number {
    return this.#objects.size;
  }

  get synced(): boolean {
    return this.#synced;
  }

  get(key: ObjectKey): Stored<T> | undefined {
    return this.#objects.get(formatKey(key));
  }

  list(namespace?: string): Stored<T>[] {
    return namespace === undefined ? [...this.#objects.values()] : this.byIndex(BY_NAMESPACE, namespace);
  }

  byIndex(name: string, value: string): Stored<T>[] {
    const index = this.#indexes.get(name);
    if (!index) throw new Error(`reading index ${name}: the store was built without it`);
    return index.find(value);
  }

  async waitSynced(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#synced) return;
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([this.#firstSync.promise, aborted.promise]);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  subscribe(handler: ChangeHandler<T>): () => void {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  #apply(object: Stored<T>): void {
    const change = this.#insert(object);
    if (change) this.#tell(change);
  }

  #remove(object: Stored<T>): void {
    const id = formatKey(keyOf(object));
    if (!this.#objects.has(id)) return;
    this.#drop(id);
    this.#tell(['deleted', undefined, deepFreeze(this.#strip(object))]);
  }

  #replace(objects: Iterable<Stored<T>>, namespace: string | undefined): () => void {
    const gone = new Map(this.list(namespace).map((object) => [formatKey(keyOf(object)), object]));
    const changes: Change<T>[] = [];
    for (const object of objects) {
      gone.delete(formatKey(keyOf(object)));
      const change = this.#insert(object);
      if (change) changes.push(change);
    }
    for (const [id, previous] of gone) {
      this.#drop(id);
      changes.push(['deleted', undefined, previous]);
    }
    return () => changes.forEach((change) => this.#tell(change));
  }

  /** The change that putting the object in makes; nothing when this very version is already there. */
  #insert(object: Stored<T>): Change<T> | undefined {
    const id = formatKey(keyOf(object));
    const previous = this.#objects.get(id);
    if (previous && isSameVersion(previous, object)) return undefined;
    const kept = deepFreeze(this.#strip(object));
    if (previous) this.#drop(id);
    this.#objects.set(id, kept);
    for (const index of this.#indexes.values()) index.insert(id, kept);
    return [previous ? 'modified' : 'added', kept, previous];
  }

  #drop(id: string): void {
    this.#objects.delete(id);
    for (const index of this.#indexes.values()) index.remove(id);
  }

  #tell(change: Change<T>): void {
    for (const handler of this.#handlers) {
      try {
        handler(...change);
      } catch (error) {
        this.#onHandlerError(error);
      }
    }
  }
}

type Change<T extends KubeObject> = Parameters<ChangeHandler<T>>;

/** The same state of the same object. The uid counts too: a successor may come with any version. */
function isSameVersion(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;
}

function deepFreeze<V>(value: V): V {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}
