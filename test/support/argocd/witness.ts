// Watches an Application from beside Argo CD: each revision of it, so that no moment goes unseen.
import { isDeepStrictEqual } from 'node:util';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { WatchEvent } from '../../../src/kube/watch-events.ts';
import { type Application, applications, argoNamespace, type Standing, standingOf } from './types.ts';

export interface Sight extends Standing {
  readonly revision: string | undefined;
  /** Of the objects that were out of sync: `Kind/name`. */
  readonly outOfSync: readonly string[];
}

export class ApplicationWitness {
  readonly #stop: AbortController;
  readonly #watch: Promise<void>;
  /** How it has stood, one after the other, each once. */
  readonly sights: Sight[] = [];

  private constructor(events: AsyncIterable<WatchEvent<Application>>, name: string, stop: AbortController) {
    this.#stop = stop;
    this.#watch = this.#read(events, name);
    // Told by whoever disposes of us.
    this.#watch.catch(() => undefined);
  }

  /** From here on; the Application need not be there yet. */
  static async start(client: KubeClient, name: string): Promise<ApplicationWitness> {
    const { resourceVersion } = await client.list(applications, { namespace: argoNamespace });
    const stop = new AbortController();
    return new ApplicationWitness(await client.watch(applications, { resourceVersion }, stop.signal), name, stop);
  }

  /** Where something was out of sync again at a revision that had been in sync: somebody else wrote what Git says. */
  get relapses(): readonly Sight[] {
    const reached = new Set<string | undefined>();
    return this.sights.filter(({ sync, revision, outOfSync }) => {
      if (sync === 'Synced') reached.add(revision);
      return reached.has(revision) && (sync !== 'Synced' || outOfSync.length > 0);
    });
  }

  /** Throws when it lost sight of something. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watch;
  }

  async #read(events: AsyncIterable<WatchEvent<Application>>, name: string): Promise<void> {
    try {
      for await (const event of events) {
        if (event.type === 'ERROR') throw event.error;
        if (event.type !== 'BOOKMARK' && event.object.metadata.name === name) this.#saw(event.object);
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    }
  }

  #saw(application: Application): void {
    const { status } = application;
    const outOfSync = (status?.resources ?? []).filter(({ status: each }) => each === 'OutOfSync');
    const sight: Sight = {
      ...standingOf(application),
      revision: status?.sync?.revision,
      outOfSync: outOfSync.map(({ kind, name }) => `${kind}/${name}`),
    };
    if (!isDeepStrictEqual(this.sights.at(-1), sight)) this.sights.push(sight);
  }
}
