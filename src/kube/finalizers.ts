import type { KubeClient, RequestOptions } from './client.ts';
import { isFault, KubeError } from './errors.ts';
import { formatKey, type KubeObject, keyOf, type Resource, type Stored } from './types.ts';

type Patcher = Pick<KubeClient, 'patch'>;

interface Operation {
  readonly op: 'test' | 'add' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

const LIST = '/metadata/finalizers';

/** Whether our finalizer is on the object. */
function hasFinalizer(object: KubeObject, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) ?? false;
}

/**
 * The list with ours at its end, on the condition that it still is what we read. An empty list is served as a missing
 * one, which `test` sees as `null`.
 */
function additionOf(object: KubeObject, finalizer: string): Operation[] {
  const present = object.metadata.finalizers ?? [];
  if (present.length === 0) {
    return [
      { op: 'test', path: LIST, value: null },
      { op: 'add', path: LIST, value: [finalizer] },
    ];
  }
  return [
    { op: 'test', path: LIST, value: present },
    { op: 'add', path: `${LIST}/-`, value: finalizer },
  ];
}

/** The list without ours: its position is tested first, so nobody else's finalizer can be hit. */
function removalOf(object: KubeObject, finalizer: string): Operation[] {
  const path = `${LIST}/${object.metadata.finalizers?.indexOf(finalizer)}`;
  return [
    { op: 'test', path, value: finalizer },
    { op: 'remove', path },
  ];
}

/**
 * Puts a finalizer on an object, before anything is made that would have to be cleaned up.
 *
 * # Guarantees
 * - The finalizers of others are kept: the list changes only if it still is what we read.
 * - Nothing is sent when the finalizer is already there.
 *
 * # Errors
 * `Conflict` when the object changed meanwhile; the next reconcile sees the newer state.
 */
export async function addFinalizer<T extends KubeObject>(
  client: Patcher,
  resource: Resource<T>,
  object: Stored<T>,
  change: RequestOptions & { readonly finalizer: string },
): Promise<Stored<T>> {
  if (hasFinalizer(object, change.finalizer)) return object;
  return patch({ client, resource, object }, additionOf(object, change.finalizer), change);
}

/**
 * Takes a finalizer off an object, after everything was cleaned up. The API server then deletes the object if it was the
 * last one. Guarantees and errors as for {@link addFinalizer}; `NotFound` when someone else was faster.
 */
export async function removeFinalizer<T extends KubeObject>(
  client: Patcher,
  resource: Resource<T>,
  object: Stored<T>,
  change: RequestOptions & { readonly finalizer: string },
): Promise<Stored<T>> {
  if (!hasFinalizer(object, change.finalizer)) return object;
  return patch({ client, resource, object }, removalOf(object, change.finalizer), change);
}

async function patch<T extends KubeObject>(
  target: { readonly client: Patcher; readonly resource: Resource<T>; readonly object: Stored<T> },
  operations: readonly Operation[],
  options: RequestOptions,
): Promise<Stored<T>> {
  const { client, resource, object } = target;
  const sameObject: Operation = { op: 'test', path: '/metadata/uid', value: object.metadata.uid };
  const body = [sameObject, ...operations];
  try {
    return await client.patch(resource, keyOf(object), { type: 'json', body }, options);
  } catch (error) {
    throw isFault(error, 'Invalid') ? failedTest(resource, object, error) : error;
  }
}

/** The API server reports a failed `test` as 422, as if the patch were malformed; ours are not. */
function failedTest(resource: Resource<KubeObject>, object: KubeObject, cause: unknown): KubeError {
  const name = `${resource.plural} ${formatKey(keyOf(object))}`;
  return new KubeError(`changing finalizers of ${name}: the object has changed`, { type: 'Conflict' }, { cause });
}
