import { Gauge, type Registry } from 'prom-client';

/** One pool as its series show it. */
export interface PoolSample {
  readonly pool: string;
  /** Empty without GPUs. */
  readonly product: string;
  readonly total: number;
  readonly free: number;
  /** GPUs of nodes that could be made. */
  readonly potential: number;
  readonly priceKnown: boolean;
}

/** The series of pools, read when somebody asks. Pools are named by administrators or by what their nodes are, so they are few. */
export function registerPoolMetrics(registry: Registry, samples: () => readonly PoolSample[]): void {
  const gpus = new Gauge({
    name: 'stratos_pool_gpus',
    help: 'GPUs of a pool, by whether they are there, free, or could be had.',
    labelNames: ['pool', 'product', 'state'],
    registers: [],
    collect() {
      this.reset();
      for (const { pool, product, ...counts } of samples().filter((sample) => sample.product !== '')) {
        for (const state of ['total', 'free', 'potential'] as const) this.set({ pool, product, state }, counts[state]);
      }
    },
  });
  const price = new Gauge({
    name: 'stratos_pool_price_known',
    help: 'Whether the price of a pool is known.',
    labelNames: ['pool'],
    registers: [],
    collect() {
      this.reset();
      for (const { pool, priceKnown } of samples()) this.set({ pool }, Number(priceKnown));
    },
  });
  for (const metric of [gpus, price]) registry.registerMetric(metric);
}
