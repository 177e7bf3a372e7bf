import type { KubeClient } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { ignoreNotFound } from './errors.ts';
import type { KubeObject, Resource } from './types.ts';

export interface DiscoveryOptions {
  readonly client: Pick<KubeClient, 'raw'>;
  readonly clock?: Clock | undefined;
}

export interface DiscoveryRequest {
  /** How old an answer may be that was given to somebody else: the collections of one group need to ask for it once. */
  readonly maxAgeMs: number;
  readonly signal?: AbortSignal | undefined;
}

interface Answer {
  readonly at: number;
  readonly names: Promise<ReadonlySet<string>>;
}

/**
 * What the API server serves, asked as cheaply as possible: of a group that is not there one small request, whichever and
 * however many of its collections are looked for.
 *
 * # Errors
 * What the client throws; an answer that never came is not kept.
 */
export class Discovery {
  readonly #client: Pick<KubeClient, 'raw'>;
  readonly #clock: Clock;
  readonly #answers = new Map<string, Answer>();

  constructor(options: DiscoveryOptions) {
    this.#client = options.client;
    this.#clock = options.clock ?? systemClock;
  }

  /** The first of the resources that is served, if any is. They are versions of one kind, the preferred one first. */
  async firstServed<T extends KubeObject>(
    resources: readonly Resource<T>[],
    request: DiscoveryRequest,
  ): Promise<Resource<T> | undefined> {
    for (const resource of resources) {
      if (await this.#serves(resource, request)) return resource;
    }
    return undefined;
  }

  async #serves({ group, version, plural }: Resource<KubeObject>, request: DiscoveryRequest): Promise<boolean> {
    // Every API server serves the core, and does not list it among the groups.
    if (group === '') return true;
    const versions = await this.#ask(`/apis/${group}`, versionsOf, request);
    if (!versions.has(version)) return false;
    return (await this.#ask(`/apis/${group}/${version}`, pluralsOf, request)).has(plural);
  }

  async #ask(path: string, read: (body: unknown) => string[], request: DiscoveryRequest): Answer['names'] {
    const { maxAgeMs, signal } = request;
    const known = this.#answers.get(path);
    const at = this.#clock.monotonic();
    if (known && at - known.at < maxAgeMs) return known.names;
    const body = ignoreNotFound(this.#client.raw('GET', path, undefined, { signal }));
    const names = body.then((found) => new Set(found === undefined ? [] : read(found)));
    this.#answers.set(path, { at, names });
    names.catch(() => this.#answers.delete(path));
    return names;
  }
}

/** Of an APIGroup. */
function versionsOf(body: unknown): string[] {
  const { versions } = body as { readonly versions?: readonly { readonly version: string }[] };
  return (versions ?? []).map(({ version }) => version);
}

/** Of an APIResourceList; subresources are in it as `plural/name`. */
function pluralsOf(body: unknown): string[] {
  const { resources } = body as { readonly resources?: readonly { readonly name: string }[] };
  return (resources ?? []).map(({ name }) => name);
}
