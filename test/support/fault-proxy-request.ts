// What a request to a Kubernetes API server is about, read off its method and path.
export interface ApiRequest {
  readonly method: string;
  /** As the API server's audit log calls it. */
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'other';
  /** Plural; empty for discovery and the like. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

const pattern =
  /^\/(?:api|apis\/[^/]+)\/[^/]+(?:\/namespaces\/(?<namespace>[^/]+)(?=\/))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<subresource>[^/]+))?$/;

/** @param body of a creation, whose name the path does not tell. */
export function describeRequest(method: string, url: string, body: string): ApiRequest {
  const { pathname, searchParams } = new URL(url, 'http://api');
  const { namespace, resource = '', name, subresource } = pattern.exec(pathname)?.groups ?? {};
  return {
    method,
    verb: verbOf(method, { one: name !== undefined, watch: searchParams.get('watch') === 'true' }),
    resource,
    namespace,
    name: name ?? (method === 'POST' ? nameIn(body) : undefined),
    subresource,
  };
}

function verbOf(method: string, { one, watch }: { one: boolean; watch: boolean }): ApiRequest['verb'] {
  if (method === 'GET') return watch ? 'watch' : one ? 'get' : 'list';
  return ({ POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const)[method] ?? 'other';
}

function nameIn(body: string): string | undefined {
  try {
    const { metadata } = JSON.parse(body) as { metadata?: { name?: string } };
    return metadata?.name;
  } catch {
    return undefined;
  }
}

export function isWrite({ method }: ApiRequest): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
}

/** `create jobs/tiles-train-1`, `patch distillationjobs/tiles/status`. */
export function requestText({ verb, resource, name, subresource }: ApiRequest): string {
  return `${verb} ${[resource, name, subresource].filter((part) => part !== undefined).join('/')}`;
}
