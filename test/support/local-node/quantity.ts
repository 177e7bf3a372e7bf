import type { Container } from './types.ts';

const suffixes: Record<string, number> = {
  '': 1, n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
}; // biome-ignore format: a table

/** The number that a Kubernetes quantity stands for; throws where it is not one. */
export function parseQuantity(text: string): number {
  const match = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([numkMGTPE]|[KMGTPE]i)?$/.exec(text);
  const scale = suffixes[match?.[2] ?? ''];
  if (!match || scale === undefined) throw new Error(`reading quantity "${text}": not a Kubernetes quantity`);
  return Number(match[1]) * scale;
}

interface ResourceReference {
  resource: string;
  divisor?: string;
}

/** The value of a `resourceFieldRef`: an unset limit means what the node can allocate, as on a real node. */
export function resourceValue(
  reference: ResourceReference,
  container: Container,
  allocatable: Record<string, string>,
): string {
  const isLimit = reference.resource.startsWith('limits.');
  const name = reference.resource.slice(reference.resource.indexOf('.') + 1);
  const { limits = {}, requests = {} } = container.resources ?? {};
  const amount = (isLimit ? (limits[name] ?? allocatable[name]) : requests[name]) ?? '0';
  const divisor = parseQuantity(reference.divisor ?? '1') || 1; // the API server writes "0" for an unset divisor
  return String(Math.ceil(parseQuantity(amount) / divisor - 1e-9));
}
