/** The pools of the cluster as they are now, worked out again only after something that they depend on has changed. */
import type { Catalogue } from '../domain/planning/catalogue.ts';
import { discoverPools } from '../domain/planning/discover.ts';
import { claimOfPod } from '../domain/planning/pod-claims.ts';
import type { Discovery } from '../domain/planning/pool.ts';
import type { DeclaredPool } from '../domain/capacity/declared-pools.ts';
import { objectsOf, onCapacityChange } from './capacity.ts';
import type { Stores } from './stores.ts';

type PoolStores = Pick<Stores, 'nodes' | 'pods' | 'capacity'>;

export class ClusterPools {
  readonly #stores: PoolStores;
  readonly #catalogue: Catalogue;
  readonly #declared: readonly DeclaredPool[];
  #discovery: Discovery | undefined;

  /** @param declared what the operator was told of pools at its start, besides what the cluster says. */
  constructor(stores: PoolStores, catalogue: Catalogue, declared: readonly DeclaredPool[] = []) {
    this.#stores = stores;
    this.#catalogue = catalogue;
    this.#declared = declared;
    const forget = (): void => void (this.#discovery = undefined);
    stores.nodes.store.subscribe(forget);
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
    const objects = objectsOf(capacity);
    const known = new Set(capacity.serverPools.store.list().map(({ metadata }) => metadata.name));
    // An object in the cluster is newer than what an operator was started with.
    const declared = this.#declared.filter(({ metadata }) => !known.has(metadata.name));
    const serverPools = [...(objects.serverPools ?? []), ...declared];
    return discoverPools(nodes.store.list(), claims, this.#catalogue, { ...objects, serverPools });
  }
}
