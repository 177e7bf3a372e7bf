import { type Discovery, type PoolNode } from './pool.ts';

/** Each pool in the numbers that are measured. */
export function poolSamples({ pools }: Discovery) {
  return pools.map(({ name, gpu, nodes, price }) => {
    const sum = (counted: readonly PoolNode[], of: (node: PoolNode) => number): number =>
      counted.reduce((total, node) => total + of(node), 0);
    const present = nodes.filter(({ isNew }) => isNew !== true);
    const ready = present.filter((node) => node.ready);
    const all = sum(nodes, (node) => node.totalGpus);
    const total = sum(present, (node) => node.totalGpus);
    const free = sum(ready, (node) => node.freeGpus);
    return { pool: name, product: gpu?.product ?? '', total, free, potential: all - total, priceKnown: price.known };
  });
}
