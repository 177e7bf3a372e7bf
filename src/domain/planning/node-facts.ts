import { parseBytes, parseCount, parseCpuMillis } from '../quantity.ts';
import { compareText } from '../text.ts';
import type { Catalogue } from './catalogue.ts';
import { type GpuResolution, resolveGpu } from './gpu-product.ts';
import { instanceTypeOf, type Labels, memoryLabelMib, POOL_LABEL, productLabel } from './node-labels.ts';
import type { NodeObject } from './node-snapshot.ts';
import { isGpuResource } from './pod-claims.ts';
import type { DeviceRequest, FindingCode, GpuSharing, PoolGpu, Taint } from './pool.ts';

/** Taints of a node's life, not of its purpose: they mean "not now", and come and go by themselves. */
const LIFECYCLE_TAINTS: readonly RegExp[] = [
  /^node\.kubernetes\.io\//,
  /^node\.cloudprovider\.kubernetes\.io\//,
  /^karpenter\.sh\/(disrupted|disruption|unregistered)$/,
  /^ToBeDeletedByClusterAutoscaler$/,
  /^DeletionCandidateOfClusterAutoscaler$/,
];

type Amounts = Readonly<Record<string, string>>;

export interface NodeGpu {
  readonly gpu: PoolGpu;
  readonly allocatable: number;
  readonly findings: readonly { readonly code: FindingCode; readonly message: string }[];
}

export function isReady(node: NodeObject): boolean {
  const ready = node.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;
  const going = (node.spec?.taints ?? []).some((taint) => isHard(taint) && isLifecycle(taint));
  return ready && !going && node.spec?.unschedulable !== true;
}

/** The taints that keep pods out for as long as the pool exists. */
export function purposeTaints(node: NodeObject): readonly Taint[] {
  const taints = (node.spec?.taints ?? []).filter((taint) => isHard(taint) && !isLifecycle(taint));
  return taints
    .map(({ key, value, effect }) => (value === undefined ? { key, effect } : { key, value, effect }))
    .sort((a, b) => compareText(taintText(a), taintText(b)));
}

export function taintText(taint: Taint): string {
  return `${taint.key}${taint.value ? `=${taint.value}` : ''}:${taint.effect}`;
}

function isHard(taint: Taint): boolean {
  return taint.effect !== 'PreferNoSchedule';
}

function isLifecycle(taint: Taint): boolean {
  return LIFECYCLE_TAINTS.some((pattern) => pattern.test(taint.key));
}

/** What an administrator says of a node's GPUs. */
export interface GpuStatement {
  readonly product: string | null;
  readonly memoryGib: number | null;
  readonly linkGBps: number | null;
  /** How a DRA driver's are asked for, where nothing else offers them. */
  readonly claim?: DeviceRequest;
}

/**
 * The GPUs of a node, or null when it has none. Whole GPUs win over slices where a node offers both. What the node says of its
 * product goes before what is stated, as long as the catalogue knows it: planning on other hardware than there is helps nobody.
 */
export function gpuOf(node: NodeObject, catalogue: Catalogue, stated: GpuStatement | null = null): NodeGpu | null {
  const resource = gpuResource(node);
  if (!resource) return null;
  const labels = node.metadata?.labels ?? {};
  const sharing = sharingOf(resource, labels);
  const whole = wholeMemory(labels, sharing);
  const { label, facts, memoryGib, memoryMismatch } = identify(labels, { whole, stated }, catalogue);
  const gpu: PoolGpu = {
    product: facts?.product ?? label ?? 'unknown',
    resource,
    perNode: count(capacityOf(node), resource),
    memoryGib: sharing === 'Mig' ? sliceMemoryGib(resource, labels) : memoryGib,
    sharing,
    facts,
    ...linkOf(stated),
    ...(stated?.claim === undefined ? {} : { claim: stated.claim }),
  };
  const findings = [...findingsOf(gpu, label, memoryMismatch), ...contradiction(gpu, stated, catalogue)];
  return { gpu, allocatable: count(node.status?.allocatable, resource), findings };
}

function linkOf(stated: GpuStatement | null): Pick<PoolGpu, 'linkGBps'> {
  return stated?.linkGBps ? { linkGBps: stated.linkGBps } : {};
}

interface Hints {
  /** MiB of a whole GPU by the node's labels. */
  readonly whole: number | null;
  readonly stated: GpuStatement | null;
}

/** By the node's own labels where the catalogue knows what they say, else by what is stated. */
function identify(
  labels: Labels,
  { whole, stated }: Hints,
  catalogue: Catalogue,
): GpuResolution & { readonly label: string | null } {
  const memoryMib = stated?.memoryGib ? stated.memoryGib * 1024 : whole;
  const said = productLabel(labels) ?? catalogueProduct(labels, catalogue);
  const seen = resolveLabel(said, memoryMib, catalogue);
  const label = stated?.product ?? null;
  if (seen.facts !== null || label === null) return { label: said, ...seen };
  return { label, ...resolveLabel(label, memoryMib, catalogue) };
}

function contradiction({ facts }: PoolGpu, stated: GpuStatement | null, catalogue: Catalogue): NodeGpu['findings'] {
  const meant = resolveLabel(stated?.product ?? null, null, catalogue).facts;
  if (facts === null || meant === null || chipOf(facts.product) === chipOf(meant.product)) return [];
  const message = `GPU product ${stated?.product}, and nodes say ${facts.product}`;
  return [{ code: 'ServerPoolContradicted', message }];
}

/** "A100-80GB" is another size of the chip of "A100-40GB", not another chip. */
function chipOf(product: string): string {
  return product.split('-')[0] ?? product;
}

function resolveLabel(label: string | null, memoryMib: number | null, { gpus }: Catalogue): GpuResolution {
  if (label === null) return { facts: null, memoryGib: null, memoryMismatch: false };
  return resolveGpu(withoutSlice(label), memoryMib, gpus);
}

function capacityOf({ status }: NodeObject): Amounts | undefined {
  return status?.capacity ?? status?.allocatable;
}

export function cpuMillisOf(amounts: Amounts | undefined): number {
  return parseCpuMillis(amounts?.cpu) ?? 0;
}

export function memoryBytesOf(amounts: Amounts | undefined): number {
  return parseBytes(amounts?.memory) ?? 0;
}

export function poolLabelOf(node: NodeObject): string | null {
  return node.metadata?.labels?.[POOL_LABEL] || null;
}

function gpuResource(node: NodeObject): string | null {
  const capacity = capacityOf(node);
  const names = Object.keys(capacity ?? {}).filter((name) => isGpuResource(name) && count(capacity, name) > 0);
  const whole = names.filter((name) => !name.startsWith('nvidia.com/mig-'));
  return whole.sort()[0] ?? names.sort()[0] ?? null;
}

/** How the GPUs are shared (time-slicing or MPS); "none" where they are not. */
const SHARING_LABELS = ['cloud.google.com/gke-gpu-sharing-strategy', 'nvidia.com/gpu.sharing-strategy'];

function sharingOf(resource: string, labels: Labels): GpuSharing {
  const product = labels['nvidia.com/gpu.product'] ?? '';
  if (resource.startsWith('nvidia.com/mig-') || /-MIG-\d/.test(product)) return 'Mig';
  const replicas = Number(labels['nvidia.com/gpu.replicas'] ?? '1');
  const strategies = SHARING_LABELS.map((key) => labels[key] ?? 'none');
  const shared = strategies.some((strategy) => strategy !== 'none');
  return product.endsWith('-SHARED') || replicas > 1 || shared ? 'TimeSliced' : 'Whole';
}

function withoutSlice(label: string): string {
  return label.replace(/-MIG-.*$/, '').replace(/-SHARED$/, '');
}

/** Under MIG "single" the memory label is the slice's, and says nothing about which card it is a slice of. */
function wholeMemory(labels: Labels, sharing: GpuSharing): number | null {
  return sharing === 'Mig' && /-MIG-\d/.test(labels['nvidia.com/gpu.product'] ?? '') ? null : memoryLabelMib(labels);
}

function sliceMemoryGib(resource: string, labels: Labels): number | null {
  const profile = /\dg\.(\d+)gb/.exec(`${resource} ${labels['nvidia.com/gpu.product'] ?? ''}`);
  return profile ? Number(profile[1]) : null;
}

/** AWS instance types name their GPU through the price catalogue when no other label does. */
function catalogueProduct(labels: Labels, catalogue: Catalogue): string | null {
  const instance = instanceTypeOf(labels);
  return catalogue.prices.find((row) => row.instanceType === instance)?.gpu ?? null;
}

function count(amounts: Amounts | undefined, resource: string): number {
  return parseCount(amounts?.[resource]) ?? 0;
}

function findingsOf(gpu: PoolGpu, label: string | null, memoryMismatch: boolean): NodeGpu['findings'] {
  const findings: { code: FindingCode; message: string }[] = [];
  if (label === null)
    findings.push({
      code: 'GpuProductUnlabelled',
      message: `${gpu.resource} is present and no label names the product`,
    });
  else if (memoryMismatch)
    findings.push({
      code: 'GpuMemoryMismatch',
      message: `"${label}" is reported with ${gpu.memoryGib?.toFixed(1)} GiB, a size it does not come in`,
    });
  else if (!gpu.facts)
    findings.push({
      code: 'UnknownGpuProduct',
      message: `the catalogue does not know "${label}"; it is not planned on`,
    });
  if (gpu.sharing === 'Mig')
    findings.push({
      code: 'MigDevices',
      message: `${gpu.resource} are MIG slices: served on when they fit, never trained on`,
    });
  if (gpu.sharing === 'TimeSliced')
    findings.push({
      code: 'TimeSlicedGpus',
      message: 'GPUs are time-sliced: memory and speed are shared with strangers, so they are not planned on',
    });
  return findings;
}
