import { formatMoney, parseMoney, ZERO_MONEY } from '../money.ts';
import type { Catalogue, CataloguePrice } from './catalogue.ts';
import { PRICE_ANNOTATION } from './node-labels.ts';
import type { CapacityType } from './pool.ts';

/** A price per node and hour, or the admission that nobody knows. Never zero for unknown. */
export type PoolPrice =
  | {
      readonly known: true;
      /** Decimal string, per node-hour. */
      readonly perNodeHour: string;
      readonly currency: string;
      readonly source: string;
      /** RFC 3339 date, or the year or month when that is all its source says; null when it says nothing. */
      readonly date: string | null;
    }
  | { readonly known: false; readonly reason: string };

export interface PriceKey {
  readonly instanceType: string | null;
  readonly region: string | null;
  readonly capacityType: CapacityType;
  /** The value of the administrator's annotation. */
  readonly override: string | undefined;
}

/** An administrator's annotation, else the catalogue on (instance type, region, capacity type), else unknown. */
export function priceOf(key: PriceKey, catalogue: Catalogue): PoolPrice {
  if (key.override !== undefined) return overridden(key.override);
  if (key.instanceType === null) return { known: false, reason: 'the nodes have no instance-type label' };
  const wanted = key.capacityType === 'Unknown' ? 'OnDemand' : key.capacityType;
  const offers = catalogue.prices.filter((row) => row.instanceType === key.instanceType && row.capacityType === wanted);
  const offer = offers.find((row) => row.region === key.region) ?? offers.find((row) => row.region === 'any');
  if (!offer) return { known: false, reason: noOffer(key, wanted, offers) };
  return fromCatalogue(offer, key.capacityType === 'Unknown');
}

/** An unusable override is unknown and not the catalogue's price: somebody meant to say something else. */
function overridden(text: string): PoolPrice {
  const [amountText = '', currency = 'USD'] = text.trim().split(/\s+/);
  const amount = parseMoney(amountText);
  if (amount === null || amount < ZERO_MONEY || !/^[A-Z]{3}$/.test(currency)) {
    return { known: false, reason: `annotation ${PRICE_ANNOTATION} is "${text}", not an amount such as "12.50 USD"` };
  }
  if (amount === ZERO_MONEY) {
    return {
      known: false,
      reason: `annotation ${PRICE_ANNOTATION} is zero; a free node needs a nominal price such as 0.01`,
    };
  }
  return {
    known: true,
    perNodeHour: formatMoney(amount),
    currency,
    source: `node annotation ${PRICE_ANNOTATION}`,
    date: null,
  };
}

function fromCatalogue(offer: CataloguePrice, capacityAssumed: boolean): PoolPrice {
  const assumption = capacityAssumed ? '; on-demand assumed, the nodes do not say' : '';
  return {
    known: true,
    perNodeHour: offer.perNodeHour,
    currency: offer.currency,
    source: `${offer.source}${assumption}`,
    date: offer.date,
  };
}

function noOffer(key: PriceKey, capacityType: CapacityType, otherRegions: readonly CataloguePrice[]): string {
  const where = `${key.instanceType} (${capacityType}) in ${key.region ?? 'an unlabelled region'}`;
  const known = [...new Set(otherRegions.map((row) => row.region))].sort().join(', ');
  return `the catalogue has no price for ${where}${known ? `; it has one for ${known}` : ''}`;
}
