/** GPUs that a pod gets by a resource claim: what it claims stands in an annotation, since the pod names only a template. */
import { gpuClaimAnnotation } from '../../api/labels.ts';
import type { DeviceRequest } from './pool.ts';

export interface GpuClaim extends DeviceRequest {
  /** Whole devices, each for this pod alone. */
  readonly count: number;
}

interface Claiming {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: { readonly resourceClaims?: readonly object[] };
}

const suffix = '.deviceclass.resource.k8s.io/devices';

/** What a ResourceQuota calls the devices of a class, so that its cap on them is found under the name of what is used. */
export function claimedResource(deviceClassName: string): string {
  return `${deviceClassName}${suffix}`;
}

export function isClaimedResource(name: string): boolean {
  return name.endsWith(suffix);
}

/** Value of the annotation; the same claim gives the same text. */
export function gpuClaimText({ deviceClassName, count, selector }: GpuClaim): string {
  return JSON.stringify({ deviceClassName, count, selector });
}

/** Of a pod, or of the template of one; null without a claim. An annotation without one is somebody else's, and means nothing. */
export function gpuClaimOf({ metadata, spec }: Claiming): GpuClaim | null {
  if ((spec?.resourceClaims ?? []).length === 0) return null;
  const { deviceClassName, count, selector } = parsed(metadata?.annotations?.[gpuClaimAnnotation]);
  if (typeof deviceClassName !== 'string' || typeof count !== 'number' || !(count >= 1)) return null;
  return { deviceClassName, count, ...(typeof selector === 'string' ? { selector } : {}) };
}

function parsed(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
