/** ServerPools that an operator is told of at its start: for one that may read nothing that has no namespace. */
import { validateServerPool } from '../../api/validate.ts';
import type { ServerPoolSpec } from '../../api/v1alpha1/server-pool.gen.ts';

/** Of a ServerPool what discovery reads; there is no object of it in the cluster. */
export interface DeclaredPool {
  readonly metadata: { readonly name: string };
  readonly spec: ServerPoolSpec;
}

/** A list of pools that cannot be used; the message names the entry and the field. */
export class DeclaredPoolsError extends Error {
  override readonly name = 'DeclaredPoolsError';
}

/**
 * Reads a list of `{"name": ..., "spec": ...}`, with the spec of a ServerPool.
 * @throws DeclaredPoolsError for anything else.
 */
export function parseDeclaredPools(text: string): DeclaredPool[] {
  const entries = parse(text);
  if (!Array.isArray(entries)) throw new DeclaredPoolsError('is not a list of {"name": ..., "spec": ...}');
  const pools = entries.map(poolOf);
  const names = pools.map(({ metadata }) => metadata.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new DeclaredPoolsError(`names the pool ${twice} twice`);
  return pools;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DeclaredPoolsError(`is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** The rules between fields, which only the API server keeps, are repeated where breaking them would change a plan. */
function poolOf(entry: unknown, index: number): DeclaredPool {
  const { name, spec } = (entry ?? {}) as { readonly name?: unknown; readonly spec?: unknown };
  const where = `entry ${index}`;
  if (typeof name !== 'string' || !/^[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?$/.test(name))
    throw new DeclaredPoolsError(`${where} has no usable name: a DNS label of at most 50 characters, such as h100`);
  const result = validateServerPool({
    apiVersion: 'distill.stratos.dev/v1alpha1',
    kind: 'ServerPool',
    metadata: { name },
    spec,
  });
  if (!result.ok) {
    const problems = result.errors.map(({ path, message }) => `${path} ${message}`).join('; ');
    throw new DeclaredPoolsError(`${where} (${name}): ${problems}`);
  }
  if (Object.keys(result.value.spec.nodeSelector).length === 0)
    throw new DeclaredPoolsError(`${where} (${name}): spec.nodeSelector must have at least one label`);
  if (result.value.spec.limits?.maxNodes !== undefined && result.value.spec.node === undefined)
    throw new DeclaredPoolsError(`${where} (${name}): limits.maxNodes promises nodes, so node must say what they have`);
  return { metadata: { name }, spec: result.value.spec };
}
