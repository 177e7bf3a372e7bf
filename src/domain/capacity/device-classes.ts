/** Which devices a DeviceClass takes, as far as its CEL is understood, and how a pod asks for them. */
import { claimedResource } from '../planning/gpu-claim.ts';
import { isGpuResource } from '../planning/pod-claims.ts';
import { compareText } from '../text.ts';
import { fieldsOf, listOf, textOf } from './reading.ts';

export const GPU_DRIVERS: readonly string[] = ['gpu.nvidia.com', 'gpu.amd.com'];

export interface GpuClass {
  readonly name: string;
  readonly driver: string;
  /** The one product that it takes; null where it takes any. */
  readonly product: string | null;
  /** The extended resource that it stands for; null where its devices are to be claimed. */
  readonly extendedResource: string | null;
  /** What its devices are counted as. */
  readonly resource: string;
}

const DRIVER = /^device\.driver\s*==\s*["']([^"']+)["']$/;
const ATTRIBUTE = /^device\.attributes\[["']([^"']+)["']\]\.(\w+)\s*==\s*["']([^"']+)["']$/;

/** Those that stand for an extended resource come first: with them, pods need no claim of their own. */
export function gpuClassesOf(classes: readonly object[]): readonly GpuClass[] {
  const read = classes.flatMap((object) => {
    const { extendedResourceName, selectors } = fieldsOf(fieldsOf(object).spec);
    const name = textOf(fieldsOf(fieldsOf(object).metadata).name) ?? '';
    const expressions = listOf(selectors).map(({ cel }) => textOf(fieldsOf(cel).expression) ?? '');
    const resource = textOf(extendedResourceName);
    return resource === null ? claimedClass(name, expressions) : extendedClasses(name, resource, expressions);
  });
  const rank = ({ extendedResource }: GpuClass): number => (extendedResource === null ? 1 : 0);
  return read.sort((a, b) => rank(a) - rank(b) || compareText(a.name, b.name));
}

/** Of the CEL only the driver that it names is understood: who gave the class a GPU resource means GPUs. */
function extendedClasses(name: string, resource: string, expressions: readonly string[]): readonly GpuClass[] {
  if (!isGpuResource(resource)) return [];
  const drivers = expressions.flatMap((text) => /device\.driver\s*==\s*["']([^"']+)["']/.exec(text)?.[1] ?? []);
  return drivers.map((driver) => ({ name, driver, product: null, extendedResource: resource, resource }));
}

/**
 * A class whose CEL has a condition that is not understood may take slices, or nothing at all, and a pod would wait for ever:
 * it is left out.
 */
function claimedClass(name: string, expressions: readonly string[]): readonly GpuClass[] {
  const terms = expressions.flatMap((text) => text.split('&&')).map((term) => term.trim());
  const driver = terms.flatMap((term) => DRIVER.exec(term)?.[1] ?? [])[0];
  if (name === '' || driver === undefined || !GPU_DRIVERS.includes(driver)) return [];
  const rest = terms.filter((term) => DRIVER.exec(term)?.[1] !== driver);
  const attributes = rest.map((term) => attributeOf(term, driver));
  if (!attributes.every((attribute) => isUnderstood(attribute))) return [];
  const product = attributes.find((attribute) => attribute?.[0] === 'productName')?.[1] ?? null;
  return [{ name, driver, product, extendedResource: null, resource: claimedResource(name) }];
}

type Attribute = readonly [name: string, value: string];

function attributeOf(term: string, driver: string): Attribute | null {
  const [, domain, name = '', value = ''] = ATTRIBUTE.exec(term) ?? [];
  return domain === driver ? [name, value] : null;
}

function isUnderstood(attribute: Attribute | null): boolean {
  const [name, value] = attribute ?? [];
  return name === 'productName' || (name === 'type' && value === 'gpu');
}
