import { parseBytes, parseCount, parseCpuMillis } from '../quantity.ts';
import { claimedResource, gpuClaimOf, isClaimedResource } from './gpu-claim.ts';
import type { PodClaim } from './node-snapshot.ts';

interface Container {
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: Requests; readonly limits?: Requests };
}
type Requests = Readonly<Record<string, string>>;

/** The parts of a `v1` Pod that count against its node. */
export interface PodObject {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly overhead?: Requests;
    readonly resourceClaims?: readonly object[];
  };
  readonly status?: { readonly phase?: string };
}

type Amounts = Map<string, number>;

/** What a pod holds of its node by the scheduler's rule; null when it holds nothing (unbound, or finished). */
export function claimOfPod(pod: PodObject): PodClaim | null {
  const { nodeName } = pod.spec ?? {};
  if (!nodeName || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return null;
  const held = effectiveRequests(pod);
  const gpus = Object.fromEntries([...held].filter(([name]) => isGpuResource(name)));
  return { nodeName, gpus, cpuMillis: held.get('cpu') ?? 0, memoryBytes: held.get('memory') ?? 0 };
}

/** GPUs that a pod asks for, of any kind, whether it has a node yet or not. */
export function gpusOfPod(pod: PodObject): number {
  return [...effectiveRequests(pod)].reduce((count, [name, amount]) => count + (isGpuResource(name) ? amount : 0), 0);
}

export function isGpuResource(name: string): boolean {
  return (
    name === 'nvidia.com/gpu' || name === 'amd.com/gpu' || name.startsWith('nvidia.com/mig-') || isClaimedResource(name)
  );
}

/** What it gets by a resource claim counts like what it requests. */
function claimedBy(pod: PodObject): Requests {
  const claim = gpuClaimOf(pod);
  return claim === null ? {} : { [claimedResource(claim.deviceClassName)]: String(claim.count) };
}

/** Containers and sidecars run together; each ordinary init container runs alone beside the sidecars before it. */
function effectiveRequests(pod: PodObject): Amounts {
  const running = sum((pod.spec?.containers ?? []).map(requestsOf));
  const sidecars: Amounts = new Map();
  let peak: Amounts = new Map();
  for (const container of pod.spec?.initContainers ?? []) {
    const requests = requestsOf(container);
    if (container.restartPolicy === 'Always') addTo(sidecars, requests);
    else peak = maximum(peak, sum([sidecars, requests]));
  }
  return sum([maximum(sum([running, sidecars]), peak), parsed(pod.spec?.overhead ?? {}), parsed(claimedBy(pod))]);
}

/** A limit without a request is a request, as the API server defaults it. */
function requestsOf(container: Container): Amounts {
  return parsed({ ...container.resources?.limits, ...container.resources?.requests });
}

function parsed(requests: Requests): Amounts {
  const amounts: Amounts = new Map();
  for (const [name, quantity] of Object.entries(requests)) {
    const amount =
      name === 'cpu' ? parseCpuMillis(quantity) : name === 'memory' ? parseBytes(quantity) : parseCount(quantity);
    if (amount !== null) amounts.set(name, amount);
  }
  return amounts;
}

function sum(all: readonly Amounts[]): Amounts {
  const total: Amounts = new Map();
  for (const amounts of all) addTo(total, amounts);
  return total;
}

function addTo(total: Amounts, amounts: Amounts): void {
  for (const [name, amount] of amounts) total.set(name, (total.get(name) ?? 0) + amount);
}

function maximum(left: Amounts, right: Amounts): Amounts {
  const result: Amounts = new Map(left);
  for (const [name, amount] of right) result.set(name, Math.max(amount, result.get(name) ?? 0));
  return result;
}
