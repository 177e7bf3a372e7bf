import type { Catalogue, CataloguePrice } from './catalogue.ts';
import { PRICE_ANNOTATION } from './node-labels.ts';
import type { CapacityType } from './pool.ts';
import { statedPrice } from './stated-price.ts';

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
  | {
      readonly known: false;
      /** What is wrong with what was said; nothing when nobody said anything. */
      readonly code?: PriceProblem;
      readonly reason: string;
    };

export type PriceProblem = 'PriceInvalid' | 'PriceNegative' | 'PriceZero' | 'PriceContradictory';

export interface PriceKey {
  readonly instanceType: string | null;
  readonly region: string | null;
  readonly capacityType: CapacityType;
}

/** Those who may set a price, the one who is believed first before the next. */
export interface PriceChain {
  /** An administrator's ServerPool; null when it says nothing of such nodes. */
  readonly serverPool: PoolPrice | null;
  /** What a NodeOverlay makes of the catalogue's price; null when none speaks of the node. */
  readonly overlay: (base: PoolPrice) => PoolPrice | null;
  /** The value of the node's annotation. */
  readonly annotation: string | undefined;
}

/** ServerPool, else NodeOverlay, else annotation, else the catalogue, else unknown. */
export function priceOf(key: PriceKey, chain: PriceChain, catalogue: Catalogue): PoolPrice {
  const listed = listedPrice(key, catalogue);
  return chain.serverPool ?? chain.overlay(listed) ?? annotated(chain.annotation) ?? listed;
}

function annotated(text: string | undefined): PoolPrice | null {
  if (text === undefined) return null;
  const [amount = '', currency = 'USD'] = text.trim().split(/\s+/);
  const where = `annotation ${PRICE_ANNOTATION}`;
  return statedPrice({ amount, currency, source: `node ${where}`, where, date: null });
}

/** The catalogue's price on (instance type, region, capacity type). */
function listedPrice(key: PriceKey, catalogue: Catalogue): PoolPrice {
  if (key.instanceType === null) return { known: false, reason: 'the nodes have no instance-type label' };
  const wanted = key.capacityType === 'Unknown' ? 'OnDemand' : key.capacityType;
  const offers = catalogue.prices.filter((row) => row.instanceType === key.instanceType && row.capacityType === wanted);
  const offer = offers.find((row) => row.region === key.region) ?? offers.find((row) => row.region === 'any');
  if (!offer) return { known: false, reason: noOffer(key, wanted, offers) };
  return fromCatalogue(offer, key.capacityType === 'Unknown');
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
