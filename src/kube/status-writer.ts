import { isDeepStrictEqual } from 'node:util';
import type { KubeClient, RequestOptions } from './client.ts';
import { KubeError } from './errors.ts';
import { ownedStatus } from './owned-fields.ts';
import { type Applied, apiVersionOf, formatKey, type KubeObject, keyOf, type Resource, type Stored } from './types.ts';

export interface StatusWriterOptions<T extends KubeObject> {
  readonly client: Pick<KubeClient, 'apply'>;
  readonly resource: Resource<T>;
  /** Owns exactly the fields that this writer writes. One writer, one manager. */
  readonly fieldManager: string;
}

export interface StatusWriteOptions extends RequestOptions {
  /** Refuse with `Conflict` if the object is no longer the one that was read: for decisions that depend on it. */
  readonly onlyIfUnchanged?: boolean | undefined;
}

/**
 * Writes the status of one kind, by server-side apply on its `status` subresource.
 *
 * # Guarantees
 * - The body is built from scratch: what other managers wrote stays, what we wrote earlier and no longer mean goes.
 * - Nothing is sent when the stored fields that we own already say the same.
 *
 * # Errors
 * `Conflict` when the object was deleted and created anew under the same name. The server checks the uid of built-in kinds;
 * for custom resources it does not, so the answer is checked, and the successor carries our status until its own
 * reconcile puts that right. With `onlyIfUnchanged` nothing is written.
 *
 * # Caveats
 * - To see what we own, the cached object must have kept our entry of `managedFields`:
 *   `strip: (object) => stripManagedFields(object, fieldManager)`. Without it every call sends a request, which the
 *   server finds to change nothing.
 */
export class StatusWriter<T extends KubeObject & { readonly status?: unknown }> {
  readonly #options: StatusWriterOptions<T>;

  constructor(options: StatusWriterOptions<T>) {
    this.#options = options;
  }

  /** Makes `status` the status of the object; tells whether that changed anything. */
  async write(object: Stored<T>, status: NonNullable<T['status']>, options: StatusWriteOptions = {}): Promise<boolean> {
    const { client, resource, fieldManager } = this.#options;
    const wanted: unknown = withoutUndefined(status);
    if (isDeepStrictEqual(ownedStatus(object, fieldManager), wanted)) return false;
    const stored = await client.apply(resource, this.#body(object, wanted, options), {
      fieldManager,
      force: true,
      subresource: 'status',
      signal: options.signal,
      timeoutMs: options.timeoutMs,
    });
    if (stored.metadata.uid !== object.metadata.uid) throw replaced(resource, object);
    return stored.metadata.resourceVersion !== object.metadata.resourceVersion;
  }

  #body(object: Stored<T>, status: unknown, options: StatusWriteOptions): Applied<T> {
    const { name, namespace, uid, resourceVersion } = object.metadata;
    return {
      apiVersion: apiVersionOf(this.#options.resource),
      kind: this.#options.resource.kind,
      metadata: {
        name,
        uid,
        ...(namespace === undefined ? {} : { namespace }),
        ...(options.onlyIfUnchanged ? { resourceVersion } : {}),
      },
      status,
    } as Applied<T>;
  }
}

function replaced(resource: Resource<KubeObject>, object: KubeObject): KubeError {
  const name = `${resource.plural} ${formatKey(keyOf(object))}`;
  return new KubeError(`writing the status of ${name}: it is another object by now`, { type: 'Conflict' });
}

/** The value as JSON carries it: a field set to `undefined` is not there. */
function withoutUndefined(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
