import { type ApiClient, isStatus } from './api-client.ts';
import { type EnvSources, podField } from './env.ts';
import { resourceValue } from './quantity.ts';
import type { ConfigMap, DownwardFile, KeyToPath, Pod, Secret, Volume, VolumeProjection } from './types.ts';

/** Files by their path inside the volume. */
export type Files = Map<string, Buffer>;

/** What a volume needs and does not exist yet. */
export class MissingSource extends Error {}

export interface FileContext {
  api: ApiClient;
  pod: Pod;
  facts: Omit<EnvSources, 'objects'>;
  tokens: TokenCache;
}

/** The files of a volume whose content comes from the API; undefined for any other kind of volume. */
export async function filesOf(volume: Volume, context: FileContext): Promise<Files | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) return configMapFiles(configMap, context);
  if (secret) return secretFiles({ ...secret, ...(secret.secretName ? { name: secret.secretName } : {}) }, context);
  if (downwardAPI) return downwardFiles(downwardAPI.items ?? [], context);
  if (!projected) return undefined;
  const files: Files = new Map();
  for (const source of projected.sources ?? []) {
    for (const [path, content] of await projectedFiles(source, context)) files.set(path, content);
  }
  return files;
}

async function projectedFiles(source: VolumeProjection, context: FileContext): Promise<Files> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap) return configMapFiles(configMap, context);
  if (secret) return secretFiles(secret, context);
  if (downwardAPI) return downwardFiles(downwardAPI.items ?? [], context);
  if (!serviceAccountToken) throw new MissingSource('a projected source that the local node does not know');
  return new Map([[serviceAccountToken.path, Buffer.from(await context.tokens.get(serviceAccountToken, context))]]);
}

interface Selection {
  name?: string;
  items?: KeyToPath[];
  optional?: boolean;
}

async function configMapFiles(selection: Selection, context: FileContext): Promise<Files> {
  const object = await fetchObject<ConfigMap>('configmaps', selection, context);
  const data = Object.entries(object?.data ?? {}).map(([key, text]) => [key, Buffer.from(text)] as const);
  const binary = Object.entries(object?.binaryData ?? {}).map(
    ([key, text]) => [key, Buffer.from(text, 'base64')] as const,
  );
  return select(new Map([...data, ...binary]), selection);
}

async function secretFiles(selection: Selection, context: FileContext): Promise<Files> {
  const object = await fetchObject<Secret>('secrets', selection, context);
  const data = Object.entries(object?.data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')] as const);
  return select(new Map(data), selection);
}

/** A config map or secret; undefined where it does not exist and need not. */
async function fetchObject<T>(
  resource: string,
  { name, optional }: Selection,
  { api, pod }: FileContext,
): Promise<T | undefined> {
  try {
    return await api.get<T>(`/api/v1/namespaces/${pod.metadata?.namespace}/${resource}/${name}`);
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
    if (optional) return undefined;
    throw new MissingSource(`${resource.slice(0, -1)} "${name}" not found`);
  }
}

function select(all: Files, { name, items, optional }: Selection): Files {
  if (!items) return all;
  const files: Files = new Map();
  for (const { key, path } of items) {
    const content = all.get(key);
    if (content) files.set(path, content);
    else if (!optional) throw new MissingSource(`"${name}" has no key ${key}`);
  }
  return files;
}

function downwardFiles(items: DownwardFile[], { pod, facts }: FileContext): Files {
  const text = ({ fieldRef, resourceFieldRef }: DownwardFile) => {
    if (fieldRef) return podField(fieldRef.fieldPath, facts);
    const container = pod.spec?.containers.find(({ name }) => name === resourceFieldRef?.containerName);
    return resourceFieldRef && container ? resourceValue(resourceFieldRef, container, facts.allocatable) : '';
  };
  return new Map(items.map((item) => [item.path, Buffer.from(text(item))]));
}

interface TokenRequest {
  audience?: string;
  expirationSeconds?: number;
  path: string;
}

/** Service account tokens of one pod, asked for again when four fifths of their life have passed. */
export class TokenCache {
  readonly #tokens = new Map<string, { token: string; renewAt: number }>();

  async get(request: TokenRequest, { api, pod }: FileContext): Promise<string> {
    const key = JSON.stringify(request);
    const known = this.#tokens.get(key);
    if (known && Date.now() < known.renewAt) return known.token;
    const { namespace, name, uid } = pod.metadata ?? {};
    const account = pod.spec?.serviceAccountName ?? 'default';
    const expirationSeconds = request.expirationSeconds ?? 3600;
    const answer = await api.create<{ status: { token: string } }>(
      `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          audiences: request.audience ? [request.audience] : [],
          expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      },
    );
    this.#tokens.set(key, { token: answer.status.token, renewAt: Date.now() + expirationSeconds * 800 });
    return answer.status.token;
  }
}
