/** `stratos pools`: what the planner sees of a cluster. */
import { type Discovery, type Pool, type PoolFinding, type PoolNode, presentNodes } from '../domain/planning/pool.ts';
import type { CalibrationFactor } from '../domain/planning/calibration.ts';
import { formatOf, present } from './output.ts';
import type { CommandResult } from './plan-command.ts';
import { lookFrom, type PoolSource } from './pool-source.ts';
import { renderTable } from './table.ts';
import { factorsOf, renderFactors, type Taught } from './taught.ts';

export interface PoolsOptions extends PoolSource {
  readonly output?: string | undefined;
}

/** @param today RFC 3339 date, for the age of prices. */
export async function poolsCommand(options: PoolsOptions, today: string): Promise<CommandResult> {
  const format = formatOf(options.output);
  const { discovery, taught } = await lookFrom(options);
  const calibration = factorsOf(taught);
  const text = present(format, { ...discovery, calibration }, () =>
    [renderPools(discovery, today), ...renderTaught(calibration, taught)].join('\n\n'),
  );
  return { text, exitCode: 0 };
}

/** Nothing about a cluster that has run nothing. */
function renderTaught(factors: readonly CalibrationFactor[], { gaps }: Taught): readonly string[] {
  if (factors.length > 0) return [renderFactors(factors), ...gaps];
  return gaps.length === 0 ? [] : [`constants are uncalibrated: ${gaps.join('; ')}`];
}

const COLUMNS = [
  { title: 'POOL' },
  { title: 'NODES', align: 'right' },
  { title: 'GPU' },
  { title: 'FREE', align: 'right' },
  { title: 'TOTAL', align: 'right' },
  { title: 'CAPACITY' },
  { title: 'REGION' },
  { title: '$/NODE-H', align: 'right' },
  { title: 'AGE', align: 'right' },
  { title: 'PRICE FROM' },
] as const;

function renderPools({ pools, findings }: Discovery, today: string): string {
  if (pools.length === 0) return 'there are no nodes';
  const table = renderTable(
    COLUMNS,
    pools.map((pool) => row(pool, today)),
  );
  return findings.length === 0 ? table : `${table}\n\n${renderFindings(findings)}`;
}

function row(pool: Pool, today: string): readonly string[] {
  const { price } = pool;
  const present = presentNodes(pool);
  const ready = present.filter((node) => node.ready);
  const [free, total] = pool.gpu ? gpusOf(ready, present) : cpusOf(ready, present);
  return [
    `${pool.name}${pool.simulated ? ' (simulated)' : ''}`,
    `${ready.length === present.length ? present.length : `${ready.length} of ${present.length}`}${growth(pool)}`,
    hardware(pool),
    free,
    total,
    pool.capacityType,
    pool.region ?? '',
    price.known ? `${price.perNodeHour}${price.currency === 'USD' ? '' : ` ${price.currency}`}` : 'unknown',
    price.known ? age(price.date, today) : '',
    price.known ? price.source : price.reason,
  ];
}

/** "+2" where a pod that asks for it makes a node. */
function growth(pool: Pool): string {
  const more = pool.nodes.length - presentNodes(pool).length;
  return more === 0 ? '' : ` +${more}`;
}

function hardware({ gpu }: Pool): string {
  if (!gpu) return '';
  const sharing = gpu.sharing === 'Whole' ? '' : ` ${gpu.sharing}`;
  return `${gpu.product}${sharing} x${gpu.perNode}${gpu.facts ? '' : ' (unknown)'}`;
}

function gpusOf(ready: readonly PoolNode[], nodes: readonly PoolNode[]): readonly [string, string] {
  return [String(sum(ready, (node) => node.freeGpus)), String(sum(nodes, (node) => node.totalGpus))];
}

function cpusOf(ready: readonly PoolNode[], nodes: readonly PoolNode[]): readonly [string, string] {
  const cpus = (millis: number): string => `${(millis / 1000).toFixed(0)} CPU`;
  return [cpus(sum(ready, (node) => node.freeCpuMillis)), cpus(sum(nodes, (node) => node.totalCpuMillis))];
}

function sum(nodes: readonly PoolNode[], of: (node: PoolNode) => number): number {
  return nodes.reduce((total, node) => total + of(node), 0);
}

function age(date: string | null, today: string): string {
  if (date === null) return 'undated';
  const days = Math.floor((Date.parse(today) - Date.parse(date)) / 86_400_000);
  return Number.isFinite(days) ? `${days} d` : date;
}

function renderFindings(findings: readonly PoolFinding[]): string {
  return renderTable(
    [{ title: 'FINDING' }, { title: 'POOL' }, { title: 'NODES', align: 'right' }, { title: 'WHAT' }],
    findings.map(({ code, pool, nodes, message }) => [code, pool, String(nodes), message]),
  );
}
