/** The part of an API client that this folder uses; `KubeClient` satisfies it. */
export interface KubeApi {
  raw(method: 'POST', path: string, body: object): Promise<unknown>;
  get(collection: Collection, key: Key): Promise<unknown>;
  create(collection: Collection, object: ApiObject): Promise<unknown>;
  patch(collection: Collection, key: Key, patch: { readonly type: 'merge'; readonly body: object }): Promise<unknown>;
  apply(
    collection: Collection,
    object: ApiObject,
    options: { readonly fieldManager: string; readonly force: boolean; readonly subresource: 'status' },
  ): Promise<unknown>;
}

interface Collection {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

interface Key {
  readonly namespace: string;
  readonly name: string;
}

export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Key;
}

/** The HTTP status with which the API server refused; undefined for every other error. */
function refusalCode(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

/** The promise's value, or `fallback` when the API server refused with one of these codes. */
export async function unlessRefused<T, F>(codes: readonly number[], promise: Promise<T>, fallback: F): Promise<T | F> {
  try {
    return await promise;
  } catch (error) {
    const code = refusalCode(error);
    if (code !== undefined && codes.includes(code)) return fallback;
    throw error;
  }
}
