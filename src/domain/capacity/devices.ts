/**
 * GPUs that a DRA driver offers. A DeviceClass can say for which extended resource its devices stand (Kubernetes 1.36 on by
 * default), and then the scheduler makes the claim for a pod that asks for it; of another class, pods have claims of their own.
 */
import { parseBytes } from '../quantity.ts';
import type { GpuStatement } from '../planning/node-facts.ts';
import type { NodeObject, PodClaim } from '../planning/node-snapshot.ts';
import { isGpuResource } from '../planning/pod-claims.ts';
import type { DeviceRequest } from '../planning/pool.ts';
import { type GpuClass, gpuClassesOf } from './device-classes.ts';
import { fieldsOf, listOf, textOf } from './reading.ts';

/** The GPUs that claims give out on one node. */
export interface ClaimedGpus {
  readonly resource: string;
  readonly total: number;
  readonly taken: number;
  readonly statement: GpuStatement;
}

type Fields = Readonly<Record<string, unknown>>;

interface Device {
  readonly id: string;
  readonly driver: string;
  readonly nodeName: string;
  readonly product: string | null;
  readonly memoryBytes: number | null;
}

interface DeviceObjects {
  readonly slices?: readonly object[];
  readonly deviceClasses?: readonly object[];
  readonly resourceClaims?: readonly object[];
}

const GIB = 1024 ** 3;

/** By the name of the node. Nodes whose devices no class that is understood takes are not in it. */
export function claimedGpus(objects: DeviceObjects): ReadonlyMap<string, ClaimedGpus> {
  const { slices = [], deviceClasses = [], resourceClaims = [] } = objects;
  const classes = gpuClassesOf(deviceClasses);
  const taken = new Set(resourceClaims.flatMap(allocatedDevices));
  const byNode = Map.groupBy(slices.flatMap(devicesOf), ({ nodeName }) => nodeName);
  return new Map(
    [...byNode].flatMap(([node, devices]) => {
      const used = classes.find((each) => devices.some((device) => takes(each, device)));
      if (used === undefined) return [];
      const offered = devices.filter((device) => takes(used, device));
      return [[node, gpusOf(offered, used, taken)] as const];
    }),
  );
}

function takes({ driver, product }: GpuClass, device: Device): boolean {
  return device.driver === driver && (product === null || device.product === product);
}

function gpusOf(devices: readonly Device[], used: GpuClass, taken: ReadonlySet<string>): ClaimedGpus {
  // A node's GPUs are planned as one product; where they differ, as the smallest, which the others can stand in for.
  const [least] = devices.toSorted((a, b) => (a.memoryBytes ?? 0) - (b.memoryBytes ?? 0));
  const memoryGib = least?.memoryBytes ? least.memoryBytes / GIB : null;
  const claim = used.extendedResource === null ? { claim: requestOf(devices, used) } : {};
  return {
    resource: used.resource,
    total: new Set(devices.map(({ id }) => id)).size,
    taken: new Set(devices.map(({ id }) => id).filter((id) => taken.has(id))).size,
    statement: { product: least?.product ?? null, memoryGib, linkGBps: null, ...claim },
  };
}

/**
 * By product where the class takes several and the node has one. It does not depend on what other nodes have: another product
 * in the cluster must not make another pod of every replica.
 */
function requestOf(devices: readonly Device[], { name, driver, product }: GpuClass): DeviceRequest {
  const [only, ...others] = new Set(devices.map((device) => device.product));
  if (product !== null || !only || others.length > 0) return { deviceClassName: name };
  const attribute = `device.attributes[${JSON.stringify(driver)}].productName`;
  // A device without the attribute would fail the whole claim.
  return { deviceClassName: name, selector: `has(${attribute}) && ${attribute} == ${JSON.stringify(only)}` };
}

/** The whole GPUs of a slice; the beta version keeps a device's facts one level deeper. */
function devicesOf(slice: object): readonly Device[] {
  const { driver, nodeName, pool, devices } = fieldsOf(fieldsOf(slice).spec);
  const [by, at, within] = [textOf(driver), textOf(nodeName), textOf(fieldsOf(pool).name)];
  if (by === null || at === null) return [];
  return listOf(devices).flatMap((device) => {
    const facts = device.basic === undefined ? device : fieldsOf(device.basic);
    const attributes = fieldsOf(facts.attributes);
    const kind = attributeOf(attributes, 'type');
    if (kind !== null && kind !== 'gpu') return [];
    const id = idOf(by, within ?? at, textOf(device.name) ?? '');
    const memory = parseBytes(textOf(fieldsOf(fieldsOf(facts.capacity).memory).value) ?? undefined);
    const product = attributeOf(attributes, 'productName');
    return [{ id, driver: by, nodeName: at, product, memoryBytes: memory }];
  });
}

function attributeOf(attributes: Fields, name: string): string | null {
  return textOf(fieldsOf(attributes[name]).string);
}

function allocatedDevices(claim: object): readonly string[] {
  const { allocation } = fieldsOf(fieldsOf(claim).status);
  return listOf(fieldsOf(fieldsOf(allocation).devices).results).map(({ driver, pool, device }) =>
    idOf(textOf(driver) ?? '', textOf(pool) ?? '', textOf(device) ?? ''),
  );
}

function idOf(...parts: readonly string[]): string {
  return parts.join('/');
}

/** Of the nodes whose GPUs no device plugin offers: where one does, they are counted there. */
export function offeredAlone(
  nodes: readonly NodeObject[],
  gpus: ReadonlyMap<string, ClaimedGpus>,
): ReadonlyMap<string, ClaimedGpus> {
  if (gpus.size === 0) return gpus;
  const alone = nodes.flatMap((node) => {
    const name = node.metadata?.name ?? '';
    const found = gpus.get(name);
    return found === undefined || offersGpus(node) ? [] : [[name, found] as const];
  });
  return new Map(alone);
}

function offersGpus({ status }: NodeObject): boolean {
  const amounts = [status?.capacity, status?.allocatable].flatMap((each) => Object.entries(each ?? {}));
  return amounts.some(([resource, amount]) => isGpuResource(resource) && amount !== '0');
}

/** The node with the GPUs among what it has. */
export function equipped(node: NodeObject, gpus: ReadonlyMap<string, ClaimedGpus>): NodeObject {
  const found = gpus.get(node.metadata?.name ?? '');
  if (found === undefined) return node;
  const { capacity, allocatable } = node.status ?? {};
  const more = { [found.resource]: String(found.total) };
  const amounts = { capacity: { ...(capacity ?? allocatable), ...more }, allocatable: { ...allocatable, ...more } };
  return { ...node, status: { ...node.status, ...amounts } };
}

/** What is held of such GPUs is what resource claims hold: the scheduler also makes them for pods that ask for the resource. */
export function heldByClaims(claims: readonly PodClaim[], gpus: ReadonlyMap<string, ClaimedGpus>): readonly PodClaim[] {
  if (gpus.size === 0) return claims;
  const pods = claims.map((claim) => {
    const found = gpus.get(claim.nodeName);
    return found === undefined ? claim : { ...claim, gpus: { ...claim.gpus, [found.resource]: 0 } };
  });
  const taken = [...gpus].map(([nodeName, { resource, taken: count }]) => {
    return { nodeName, gpus: { [resource]: count }, cpuMillis: 0, memoryBytes: 0 };
  });
  return [...pods, ...taken];
}
