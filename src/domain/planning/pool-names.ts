import { createHash } from 'node:crypto';
import type { Group } from './node-group.ts';
import type { Shape } from './node-shape.ts';

/** A group's key and its name. */
type Named = readonly [key: string, name: string];

/**
 * A label's name when it is unique, else a description. Groups that would share a name are told apart by machine and capacity
 * type, which are known before there is a node; those that still share one all carry a hash of their shape.
 */
export function nameGroups(groups: readonly Group[]): ReadonlyMap<string, string> {
  const named = Map.groupBy(groups, ({ shape }) => slug(shape.label ?? describe(shape)));
  return new Map(
    [...named].flatMap(([name, same]) => (same.length > 1 ? tellApart(name, same) : withName(name, same))),
  );
}

function withName(name: string, same: readonly Group[]): readonly Named[] {
  return same.map(({ key }) => [key, name]);
}

function tellApart(name: string, same: readonly Group[]): readonly Named[] {
  const machines = Map.groupBy(same, ({ shape }) => machineOf(shape));
  return [...machines].flatMap(([machine, alike]) =>
    alike.length > 1 || machine === null
      ? alike.map(({ key }) => [key, `${name}-${shortHash(key)}`] as const)
      : withName(slug(`${name}-${machine}`), alike),
  );
}

function machineOf({ instanceType, capacityType }: Shape): string | null {
  return instanceType === null ? null : `${instanceType}-${capacityType}`;
}

/**
 * Karpenter's nodes are called by what their NodePool decides, which is known before there is one: a pool keeps its name when
 * its first node comes and when its last one goes.
 */
function describe({ gpu, cpuMillis, instanceType, capacityType, region, nodePool }: Shape): string {
  if (nodePool !== null && instanceType !== null) return `${nodePool}-${instanceType}-${capacityType}`;
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
