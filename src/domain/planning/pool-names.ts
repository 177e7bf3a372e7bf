import { createHash } from 'node:crypto';
import type { Group, Shape } from './node-group.ts';

/** A label's name when it is unique, else a description; groups that would share a name all carry a hash of their shape. */
export function nameGroups(groups: readonly Group[]): ReadonlyMap<string, string> {
  const named = Map.groupBy(groups, ({ shape }) => slug(shape.label ?? describe(shape)));
  return new Map(
    [...named].flatMap(([name, same]) =>
      same.map(({ key }): [string, string] => [key, same.length > 1 ? `${name}-${shortHash(key)}` : name]),
    ),
  );
}

function describe({ gpu, cpuMillis, instanceType, capacityType, region }: Shape): string {
  const hardware = gpu ? `${gpu.product}-x${gpu.perNode}` : (instanceType ?? `cpu-${Math.ceil(cpuMillis / 1000)}`);
  const capacity = capacityType === 'Unknown' ? null : capacityType;
  return [hardware, capacity, region].filter((part) => part !== null).join('-');
}

function slug(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return plain.slice(0, 50).replace(/-+$/, '') || 'pool';
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 6);
}
