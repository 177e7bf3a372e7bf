import { GPU_DRIVERS } from '../capacity/device-classes.ts';
import { compareText } from '../text.ts';
import type { Pool, PoolFinding } from './pool.ts';

interface Device {
  readonly attributes?: Readonly<Record<string, { readonly string?: string }>>;
  /** Where the beta versions keep them. */
  readonly basic?: { readonly attributes?: Device['attributes'] };
}

/** The parts of a `resource.k8s.io` ResourceSlice that say which GPUs a node offers to resource claims. */
export interface ResourceSliceObject {
  readonly spec?: { readonly driver?: string; readonly nodeName?: string; readonly devices?: readonly Device[] };
}

/**
 * GPUs that are offered to resource claims alone, by no DeviceClass that is understood. These pools are not planned on as
 * GPUs; an administrator has to hear of it, as the node shows no GPU anywhere else.
 */
export function draFindings(pools: readonly Pool[], slices: readonly ResourceSliceObject[]): readonly PoolFinding[] {
  const byNode = Map.groupBy(
    slices.filter(({ spec }) => GPU_DRIVERS.includes(spec?.driver ?? '')),
    ({ spec }) => spec?.nodeName ?? '',
  );
  return pools.flatMap((pool): readonly PoolFinding[] => {
    if (pool.gpu !== null) return [];
    const found = pool.nodes.flatMap(({ name }) => byNode.get(name) ?? []);
    if (found.length === 0) return [];
    const nodes = new Set(found.map(({ spec }) => spec?.nodeName)).size;
    const message = `${productsOf(found)} are offered to resource claims only, and no DeviceClass takes them by their driver, type and productName alone: add one, or install the device plugin, to have them planned on`;
    return [{ code: 'GpusByClaimOnly', pool: pool.name, nodes, message }];
  });
}

function productsOf(slices: readonly ResourceSliceObject[]): string {
  const devices = slices.flatMap(({ spec }) => spec?.devices ?? []);
  const products = Map.groupBy(devices, ({ attributes, basic }) => {
    return (attributes ?? basic?.attributes)?.productName?.string ?? 'GPUs of unnamed product';
  });
  return [...products]
    .sort(([a], [b]) => compareText(a, b))
    .map(([product, same]) => `${same.length} × ${product}`)
    .join(', ');
}
