/** The pools of the cluster as they are now, worked out again only after something that they depend on has changed. */
import type { Catalogue } from '../domain/planning/catalogue.ts';
import { discoverPools } from '../domain/planning/discover.ts';
import { claimOfPod } from '../domain/planning/pod-claims.ts';
import type { Discovery } from '../domain/planning/pool.ts';
import { objectsOf, onCapacityChange } from './capacity.ts';
import type { Stores } from './stores.ts';

type PoolStores = Pick<Stores, 'nodes' | 'pods' | 'capacity'>;

export class ClusterPools {
  readonly #stores: PoolStores;
  readonly #catalogue: Catalogue;
  #discovery: Discovery | undefined;

  constructor(stores: PoolStores, catalogue: Catalogue) {
    this.#stores = stores;
    this.#catalogue = catalogue;
    const forget = (): void => void (this.#discovery = undefined);
    stores.nodes.subscribe(forget);
    stores.pods.subscribe(forget);
    onCapacityChange(stores.capacity, forget);
  }

  discovery(): Discovery {
    this.#discovery ??= this.#discover();
    return this.#discovery;
  }

  #discover(): Discovery {
    const { nodes, pods, capacity } = this.#stores;
    const claims = pods.list().flatMap((pod) => claimOfPod(pod) ?? []);
    return discoverPools(nodes.list(), claims, this.#catalogue, objectsOf(capacity));
  }
}
