import { formatMoney, type Money, parseMoney } from '../money.ts';
import { compareText } from '../text.ts';
import type { Labels } from '../planning/node-labels.ts';
import type { PoolPrice } from '../planning/price.ts';
import { statedPrice, unusable } from '../planning/stated-price.ts';
import { dateOf, fieldsOf, numberOf, textMapOf, textOf } from './reading.ts';
import { type Requirement, requirementsOf, satisfies } from './requirements.ts';

/** What discovery reads of a Karpenter NodeOverlay (`karpenter.sh/v1alpha1`). */
export interface NodeOverlay {
  readonly name: string;
  readonly requirements: readonly Requirement[];
  /** A price for an hour of a node, without a currency. */
  readonly price: string | null;
  /** "+10%", "-0.5". */
  readonly adjustment: string | null;
  /** Extended resources that its nodes will have, as quantities. */
  readonly capacity: Readonly<Record<string, string>>;
  readonly weight: number;
  /** Nobody says when the price was set; it is no older than the overlay. */
  readonly date: string | null;
}

/** Karpenter's own prices are in US dollars, and an overlay replaces or changes one of them. */
const CURRENCY = 'USD';

export function nodeOverlayOf(object: object): NodeOverlay {
  const { metadata, spec } = fieldsOf(object);
  const { requirements, price, priceAdjustment, capacity, weight } = fieldsOf(spec);
  const { name, creationTimestamp } = fieldsOf(metadata);
  return {
    name: textOf(name) ?? '',
    requirements: requirementsOf(requirements),
    price: textOf(price),
    adjustment: textOf(priceAdjustment),
    capacity: textMapOf(capacity),
    weight: numberOf(weight) ?? 0,
    date: dateOf(creationTimestamp),
  };
}

/**
 * The price that the overlays set for a node with these labels; null when none speaks of it.
 *
 * The heaviest wins, as in Karpenter. Two of one weight that say different things contradict each other, and then nothing is
 * known: Karpenter takes the first by name, which nobody means.
 */
export function overlayPrice(labels: Labels, base: PoolPrice, overlays: readonly NodeOverlay[]): PoolPrice | null {
  const speaking = speakingOf(labels, overlays);
  const [first, ...others] = speaking.filter(({ price, adjustment }) => price !== null || adjustment !== null);
  if (first === undefined) return null;
  const other = others.find(({ weight, ...said }) => weight === first.weight && statement(said) !== statement(first));
  if (other) {
    const reason = `NodeOverlays ${first.name} and ${other.name} have the same weight and say different prices`;
    return unusable('PriceContradictory', reason);
  }
  return priceBy(first, base);
}

/** Those that are about a node with these labels, the heaviest first. */
export function speakingOf(labels: Labels, overlays: readonly NodeOverlay[]): readonly NodeOverlay[] {
  return overlays
    .filter(({ requirements }) => requirements.every((requirement) => satisfies(labels[requirement.key], requirement)))
    .sort((a, b) => b.weight - a.weight || compareText(a.name, b.name));
}

function statement({ price, adjustment }: Pick<NodeOverlay, 'price' | 'adjustment'>): string {
  return `${price} ${adjustment}`;
}

/** An adjustment of a price that nobody knows says nothing. */
function priceBy(overlay: NodeOverlay, base: PoolPrice): PoolPrice | null {
  const where = `NodeOverlay ${overlay.name}`;
  const { date } = overlay;
  if (overlay.price !== null) {
    return statedPrice({ amount: overlay.price, currency: CURRENCY, source: `${where}; USD assumed`, where, date });
  }
  const before = base.known ? parseMoney(base.perNodeHour) : null;
  if (!base.known || before === null || overlay.adjustment === null) return null;
  const after = adjusted(before, overlay.adjustment);
  if (after === null)
    return unusable('PriceInvalid', `${where} adjusts the price by "${overlay.adjustment}", not by "+10%" or "-0.5"`);
  const source = `${base.source}; ${overlay.adjustment} by ${where}`;
  return statedPrice({ amount: formatMoney(after), currency: base.currency, source, where, date: base.date });
}

const ADJUSTMENT = /^([+-])(\d*\.?\d+)(%?)$/;

function adjusted(price: Money, text: string): Money | null {
  const [, sign, amount = '', percent] = ADJUSTMENT.exec(text) ?? [];
  const change = parseMoney(amount.startsWith('.') ? `0${amount}` : amount);
  if (sign === undefined || change === null) return null;
  const by = percent === '%' ? (price * change) / 100_000_000n : change;
  return (sign === '-' ? price - by : price + by) as Money;
}
