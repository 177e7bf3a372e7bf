import type { GpuFacts } from './gpu.ts';

/** Drivers report less than the nominal memory: a size this close to a known one is that one (as gpuhunt does). */
const MEMORY_TOLERANCE = 0.07;

/** GB of host memory, not of the GPU, in the product name of a superchip. */
const NAMES_HOST_MEMORY = new Set(['gh200']);

/** The form factor in a label, where a catalogue name states it. */
const VARIANTS = ['pcie', 'nvl', 'sxm'] as const;

export interface GpuResolution {
  readonly facts: GpuFacts | null;
  /** Per device; what the driver reports when it does. */
  readonly memoryGib: number | null;
  /** The product is known and yet its memory is not one of its sizes. */
  readonly memoryMismatch: boolean;
}

/**
 * Finds the catalogue entry that a label value names. Labels differ by vendor, cloud and driver age ("NVIDIA-A100-SXM4-40GB",
 * "nvidia-tesla-a100", "a100"), so tokens are compared, and memory decides between sizes of one chip. Without a memory the
 * smallest size is assumed: a plan that fits the smaller card fits the larger.
 */
export function resolveGpu(label: string, memoryMib: number | null, gpus: readonly GpuFacts[]): GpuResolution {
  const tokens = tokensOf(label);
  const memoryGib = memoryMib === null ? memoryInName(tokens) : memoryMib / 1024;
  const variants = gpus.filter((gpu) => isNamedBy(gpu, tokens)).sort((a, b) => a.memoryGib - b.memoryGib);
  const [smallest] = variants;
  if (!smallest) return { facts: null, memoryGib, memoryMismatch: false };
  if (memoryGib === null)
    return { facts: preferred(variants, tokens), memoryGib: smallest.memoryGib, memoryMismatch: false };
  const sized = variants.filter((gpu) => Math.abs(gpu.memoryGib - memoryGib) <= MEMORY_TOLERANCE * gpu.memoryGib);
  if (sized.length === 0) return { facts: null, memoryGib, memoryMismatch: true };
  return {
    facts: preferred(sized, tokens),
    memoryGib: Math.min(memoryGib, sized[0]?.memoryGib ?? memoryGib),
    memoryMismatch: false,
  };
}

/** The unit by which a label value is compared: lower-case words, without the vendor. */
function tokensOf(label: string): readonly string[] {
  return label
    .toLowerCase()
    .replace(/-shared$/, '')
    .split(/[-_\s]+/)
    .filter((token) => !['nvidia', 'tesla', 'amd', 'geforce', 'instinct'].includes(token));
}

/** "H100-SXM" is the chip "h100"; "RTX4090" is written "RTX-4090" by drivers. */
function isNamedBy(gpu: GpuFacts, tokens: readonly string[]): boolean {
  const chip = gpu.product.toLowerCase().split('-')[0] ?? '';
  if (!tokens.includes(chip) && !tokens.join('').startsWith(chip)) return false;
  if (!tokens.includes(chip) && !chip.startsWith('rtx')) return false;
  const variant = VARIANTS.find((name) => tokens.some((token) => token.startsWith(name)));
  if (variant === 'nvl') return false;
  return variant !== 'pcie' || gpu.product.endsWith('PCIe') || gpu.interconnectGBps <= 64;
}

function preferred(variants: readonly GpuFacts[], tokens: readonly string[]): GpuFacts | null {
  const wantsPcie = tokens.some((token) => token.startsWith('pcie'));
  return variants.find((gpu) => gpu.product.endsWith('PCIe') === wantsPcie) ?? variants[0] ?? null;
}

function memoryInName(tokens: readonly string[]): number | null {
  if (tokens.some((token) => NAMES_HOST_MEMORY.has(token))) return null;
  const match = tokens.map((token) => /^(\d+)gb$/.exec(token)).find((found) => found !== null);
  return match ? Number(match[1]) : null;
}
