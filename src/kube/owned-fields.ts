import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from './types.ts';

type Json = unknown;
type JsonObject = Readonly<Record<string, Json>>;
/** `FieldsV1`: a trie of the paths a manager owns. */
type FieldSet = JsonObject;

/** The part of an object's `status` that this manager owns, by the server's own record; `undefined` if it has none. */
export function ownedStatus(object: KubeObject & { readonly status?: unknown }, fieldManager: string): Json {
  const entry = object.metadata.managedFields?.find(
    (candidate) =>
      candidate.manager === fieldManager && candidate.operation === 'Apply' && candidate.subresource === 'status',
  );
  const fields = entry?.fieldsV1?.['f:status'];
  return isObject(fields) ? project(object.status, fields) : undefined;
}

/**
 * The value reduced to the fields in the set. A leaf stands for its whole value: the server splits what a schema
 * declares as a map or as an associative list, and nothing else.
 */
export function project(value: Json, fields: FieldSet): Json {
  const paths = Object.entries(fields).filter(([path]) => path !== '.');
  if (paths.length === 0) return value;
  return Array.isArray(value) ? projectList(value, paths) : projectObject(value, paths);
}

function projectObject(value: Json, paths: readonly [string, Json][]): Json {
  if (!isObject(value)) return value;
  const kept: Record<string, Json> = {};
  for (const [path, below] of paths) {
    const name = path.slice('f:'.length);
    if (path.startsWith('f:') && name in value) kept[name] = project(value[name], isObject(below) ? below : {});
  }
  return kept;
}

/** Items keep the order of the list: that is the order in which their owner applied them. */
function projectList(items: readonly Json[], paths: readonly [string, Json][]): Json[] {
  return items.flatMap((item, index) => {
    const owner = paths.find(([path]) => isItem(path, item, index));
    return owner ? [project(item, isObject(owner[1]) ? owner[1] : {})] : [];
  });
}

/** `k:{...}` names an item by its keys, `v:...` by its value, `i:n` by its position. */
function isItem(path: string, item: Json, index: number): boolean {
  const selector: Json = JSON.parse(path.slice(2));
  if (path.startsWith('v:')) return isDeepStrictEqual(item, selector);
  if (path.startsWith('i:')) return index === selector;
  if (!isObject(item) || !isObject(selector)) return false;
  return Object.entries(selector).every(([name, key]) => isDeepStrictEqual(item[name], key));
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
