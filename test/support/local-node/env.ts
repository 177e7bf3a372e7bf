import { resourceValue } from './quantity.ts';
import type { Container, EnvVar, Pod } from './types.ts';

/** What a container may refer to, gathered before it starts. */
export interface EnvSources {
  pod: Pod;
  /** The address the processes use, which is not the one the API server is told: see pod-address.ts. */
  podIP: string;
  hostIP: string;
  allocatable: Record<string, string>;
  /** By `configmap/NAME` or `secret/NAME`; absent where no such object exists. */
  objects: ReadonlyMap<string, Record<string, string>>;
}

export type EnvResult = { env: Record<string, string> } | { missing: string };

/** The names, `configmap/NAME` and `secret/NAME`, that a container's environment needs. */
export function referencedObjects({ env = [], envFrom = [] }: Container): string[] {
  const sources = [
    ...envFrom,
    ...env.map(({ valueFrom }) => ({ configMapRef: valueFrom?.configMapKeyRef, secretRef: valueFrom?.secretKeyRef })),
  ];
  const configMaps = sources.flatMap(({ configMapRef }) => configMapRef?.name ?? []);
  const secrets = sources.flatMap(({ secretRef }) => secretRef?.name ?? []);
  return [...new Set([...configMaps.map((name) => `configmap/${name}`), ...secrets.map((name) => `secret/${name}`)])];
}

/** Replaces `$(NAME)` by its value; `$$` stands for one dollar, and an unknown name is left as written. */
export function expand(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name?: string) => {
    if (name === undefined) return '$';
    return Object.hasOwn(values, name) ? (values[name] ?? '') : whole;
  });
}

/** The environment that the pod gives to a container, or what it needs and does not exist. */
export function buildEnvironment(container: Container, sources: EnvSources): EnvResult {
  const env: Record<string, string> = {};
  for (const from of container.envFrom ?? []) {
    const missing = addAll(env, from, sources);
    if (missing) return { missing };
  }
  for (const variable of container.env ?? []) {
    const found = valueOf(variable, env, container, sources);
    if ('missing' in found) return found;
    if (found.value !== undefined) env[variable.name] = found.value;
  }
  return { env };
}

function addAll(
  env: Record<string, string>,
  from: NonNullable<Container['envFrom']>[number],
  sources: EnvSources,
): string | undefined {
  const kind = from.configMapRef ? 'configmap' : 'secret';
  const reference = from.configMapRef ?? from.secretRef;
  const data = sources.objects.get(`${kind}/${reference?.name}`);
  if (!data) return reference?.optional ? undefined : `${kind} "${reference?.name}" not found`;
  for (const [key, value] of Object.entries(data)) env[`${from.prefix ?? ''}${key}`] = value;
  return undefined;
}

type Found = { value: string | undefined } | { missing: string };

function valueOf(variable: EnvVar, env: Record<string, string>, container: Container, sources: EnvSources): Found {
  const from = variable.valueFrom;
  if (!from) return { value: expand(variable.value ?? '', env) };
  if (from.fieldRef) return { value: podField(from.fieldRef.fieldPath, sources) };
  if (from.resourceFieldRef) return { value: resourceValue(from.resourceFieldRef, container, sources.allocatable) };
  if (from.configMapKeyRef) return keyOf('configmap', from.configMapKeyRef, sources);
  if (from.secretKeyRef) return keyOf('secret', from.secretKeyRef, sources);
  return { missing: `environment variable ${variable.name} has a source that the local node does not know` };
}

function keyOf(
  kind: string,
  reference: { name?: string; key: string; optional?: boolean },
  sources: EnvSources,
): Found {
  const data = sources.objects.get(`${kind}/${reference.name}`);
  const value = data?.[reference.key];
  if (value !== undefined || reference.optional) return { value };
  if (!data) return { missing: `${kind} "${reference.name}" not found` };
  return {
    missing: `couldn't find key ${reference.key} in ${kind} ${sources.pod.metadata?.namespace}/${reference.name}`,
  };
}

/** The value of a downward API field, as the pod's processes should see it. */
export function podField(path: string, { pod, podIP, hostIP }: Omit<EnvSources, 'objects' | 'allocatable'>): string {
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (subscript) {
    const { labels = {}, annotations = {} } = pod.metadata ?? {};
    return (subscript[1] === 'labels' ? labels : annotations)[subscript[2] ?? ''] ?? '';
  }
  const fields: Record<string, () => string | undefined> = {
    'metadata.name': () => pod.metadata?.name,
    'metadata.namespace': () => pod.metadata?.namespace,
    'metadata.uid': () => pod.metadata?.uid,
    'metadata.labels': () => asLines(pod.metadata?.labels),
    'metadata.annotations': () => asLines(pod.metadata?.annotations),
    'spec.nodeName': () => pod.spec?.nodeName,
    'spec.serviceAccountName': () => pod.spec?.serviceAccountName,
    'status.podIP': () => podIP,
    'status.podIPs': () => podIP,
    'status.hostIP': () => hostIP,
    'status.hostIPs': () => hostIP,
  };
  return fields[path]?.() ?? '';
}

function asLines(map: Record<string, string> = {}): string {
  return Object.keys(map)
    .toSorted()
    .map((key) => `${key}=${JSON.stringify(map[key])}\n`)
    .join('');
}
