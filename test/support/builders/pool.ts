import { shippedCatalogue } from '../../../src/data/catalogue.ts';
import type { Pool, PoolNode } from '../../../src/domain/planning/pool.ts';
import { merge } from './merge.ts';

const GIB = 1024 ** 3;

/** A pool of one free node with 16 cores, 64 GiB and one L4 at 1.20 USD an hour. */
export function aPool(name = 'gpus'): PoolBuilder {
  return new PoolBuilder(name);
}

export class PoolBuilder {
  readonly #name: string;
  #product: string | null = 'L4';
  #perNode = 1;
  #free: number | undefined;
  #price: string | null = '1.20';
  #currency = 'USD';
  #changes: Partial<Pool> = {};

  constructor(name: string) {
    this.#name = name;
  }

  gpus(product: string, perNode: number): this {
    this.#product = product;
    this.#perNode = perNode;
    return this;
  }

  withoutGpus(): this {
    this.#product = null;
    this.#perNode = 0;
    return this;
  }

  /** GPUs of each node that nobody holds. */
  free(gpus: number): this {
    this.#free = gpus;
    return this;
  }

  price(perNodeHour: string, currency = 'USD'): this {
    this.#price = perNodeHour;
    this.#currency = currency;
    return this;
  }

  unpriced(): this {
    this.#price = null;
    return this;
  }

  with(changes: Partial<Pool>): this {
    this.#changes = merge(this.#changes, changes);
    return this;
  }

  build(): Pool {
    const facts = shippedCatalogue.gpus.find(({ product }) => product === this.#product) ?? null;
    if (this.#product !== null && facts === null) throw new Error(`the catalogue has no GPU product ${this.#product}`);
    const pool: Pool = {
      name: this.#name,
      nodeSelector: { 'distill.stratos.dev/pool': this.#name },
      labels: { 'distill.stratos.dev/pool': this.#name },
      taints: [],
      tolerations: [],
      gpu: facts && {
        product: facts.product,
        resource: 'nvidia.com/gpu',
        perNode: this.#perNode,
        memoryGib: facts.memoryGib,
        sharing: 'Whole',
        facts,
      },
      instanceType: null,
      capacityType: 'OnDemand',
      region: null,
      nodes: [this.#node()],
      price:
        this.#price === null
          ? { known: false, reason: 'nobody said' }
          : { known: true, perNodeHour: this.#price, currency: this.#currency, source: 'test', date: null },
      simulated: false,
    };
    return merge(pool, this.#changes);
  }

  #node(): PoolNode {
    return {
      name: `${this.#name}-1`,
      ready: true,
      freeGpus: this.#free ?? this.#perNode,
      totalGpus: this.#perNode,
      freeCpuMillis: 16_000,
      totalCpuMillis: 16_000,
      freeMemoryBytes: 64 * GIB,
      totalMemoryBytes: 64 * GIB,
    };
  }
}
