/** The pools of the cluster as they are now, worked out again only after nodes or pods changed. */
import type { Node, Pod } from '../api/core.ts';
import type { Catalogue } from '../domain/planning/catalogue.ts';
import { discoverPools } from '../domain/planning/discover.ts';
import { claimOfPod } from '../domain/planning/pod-claims.ts';
import type { Discovery } from '../domain/planning/pool.ts';
import type { Store } from '../kube/store.ts';

export class ClusterPools {
  readonly #nodes: Store<Node>;
  readonly #pods: Store<Pod>;
  readonly #catalogue: Catalogue;
  #discovery: Discovery | undefined;

  constructor(nodes: Store<Node>, pods: Store<Pod>, catalogue: Catalogue) {
    this.#nodes = nodes;
    this.#pods = pods;
    this.#catalogue = catalogue;
    nodes.subscribe(() => this.#forget());
    pods.subscribe(() => this.#forget());
  }

  discovery(): Discovery {
    this.#discovery ??= this.#discover();
    return this.#discovery;
  }

  #forget(): void {
    this.#discovery = undefined;
  }

  #discover(): Discovery {
    const claims = this.#pods.list().flatMap((pod) => claimOfPod(pod) ?? []);
    return discoverPools(this.#nodes.list(), claims, this.#catalogue);
  }
}
