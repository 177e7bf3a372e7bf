/** Kubernetes resource quantities ("500m", "16Gi", "1e3") as exact integers of a base unit. */

const QUANTITY = /^([+-]?)(\d*)(?:\.(\d*))?(?:(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E)|[eE]([+-]?\d+))?$/;

/** Every suffix as numerator / denominator. */
const SUFFIX: Readonly<Record<string, readonly [bigint, bigint]>> = {
  n: [1n, 10n ** 9n],
  u: [1n, 10n ** 6n],
  m: [1n, 10n ** 3n],
  k: [10n ** 3n, 1n],
  M: [10n ** 6n, 1n],
  G: [10n ** 9n, 1n],
  T: [10n ** 12n, 1n],
  P: [10n ** 15n, 1n],
  E: [10n ** 18n, 1n],
  Ki: [1n << 10n, 1n],
  Mi: [1n << 20n, 1n],
  Gi: [1n << 30n, 1n],
  Ti: [1n << 40n, 1n],
  Pi: [1n << 50n, 1n],
  Ei: [1n << 60n, 1n],
};

/** Digits after which an exponent can only be a mistake, and would be a way to make us compute for ever. */
const MAX_EXPONENT = 18;

/** CPU in thousandths of a core, rounded up as the API server does; null when the text is not a quantity. */
export function parseCpuMillis(quantity: string | number | undefined): number | null {
  return parseScaled(quantity, 1000n);
}

/** Memory or storage in bytes, rounded up; null when the text is not a quantity. */
export function parseBytes(quantity: string | number | undefined): number | null {
  return parseScaled(quantity, 1n);
}

/** A whole number of devices, rounded up; null when the text is not a quantity. */
export function parseCount(quantity: string | number | undefined): number | null {
  return parseScaled(quantity, 1n);
}

export function formatCpuMillis(millis: number): string {
  return millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;
}

/** The largest binary suffix that loses nothing. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  for (const suffix of ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi']) {
    if (value === 0 || value % 1024 !== 0 || suffix === 'Pi') return `${value}${suffix}`;
    value /= 1024;
  }
  return String(bytes);
}

function parseScaled(quantity: string | number | undefined, unitsPerOne: bigint): number | null {
  if (quantity === undefined) return null;
  const match = QUANTITY.exec(String(quantity));
  if (!match) return null;
  const [, sign, whole = '', fraction = '', suffix, exponent] = match;
  if (whole === '' && fraction === '') return null;
  const scale = scaleOf(suffix, exponent);
  if (!scale) return null;
  const numerator = BigInt(`${whole}${fraction}`) * scale[0] * unitsPerOne;
  const denominator = 10n ** BigInt(fraction.length) * scale[1];
  const value = Number((numerator + denominator - 1n) / denominator);
  return sign === '-' && value !== 0 ? -value : value;
}

function scaleOf(suffix: string | undefined, exponent: string | undefined): readonly [bigint, bigint] | null {
  if (suffix !== undefined) return SUFFIX[suffix] ?? null;
  const power = Number(exponent ?? 0);
  if (Math.abs(power) > MAX_EXPONENT) return null;
  return power >= 0 ? [10n ** BigInt(power), 1n] : [1n, 10n ** BigInt(-power)];
}
