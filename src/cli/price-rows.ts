/** Reads prices from a CSV file with the columns of `src/data/prices.csv`. */
import type { CataloguePrice } from '../domain/planning/catalogue.ts';
import type { CapacityType } from '../domain/planning/pool.ts';
import type { CsvRow } from './csv.ts';

const CAPACITY_TYPES: Readonly<Record<string, CapacityType>> = {
  'on-demand': 'OnDemand',
  spot: 'Spot',
  reserved: 'Reserved',
};

/** Only what can be joined: a price without an instance type, or a range of a market survey, names no node. */
export function pricesOfRow(row: CsvRow): readonly CataloguePrice[] {
  const capacityType = CAPACITY_TYPES[row.kind ?? ''];
  if (!capacityType || !row.region || !row.instance || row.cloud === 'market') return [];
  const { instance, gpu = '', usd_per_hour: perNodeHour = '', source = '' } = row;
  return row.region.split('/').map((region) => ({
    instanceType: instance,
    region,
    capacityType,
    gpu,
    gpuCount: Number(row.gpu_count),
    perNodeHour,
    currency: 'USD',
    source,
    date: row.date || null,
  }));
}
