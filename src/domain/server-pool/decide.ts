/** What the operator says of a ServerPool: a function of what is in the cluster, so that the same cluster writes nothing. */
import { type Condition, dropCondition, getCondition, setCondition } from '../../api/condition-list.ts';
import type {
  FoundPrice,
  GpuCounts,
  NodeCounts,
  PoolConflict,
  ServerPool,
  ServerPoolStatus,
} from '../../api/v1alpha1/server-pool.gen.ts';
import type { EventDraft } from '../distillation/decision.ts';
import { type FindingCode, type Pool, type PoolNode, presentNodes } from '../planning/pool.ts';
import type { Observed } from './observed.ts';
import { pricing, readiness, type Verdict } from './verdict.ts';

export interface Decision {
  readonly status: ServerPoolStatus;
  readonly events: readonly EventDraft[];
}

/** @param now milliseconds since the epoch, for conditions that change. */
export function decide(observed: Observed, now: number): Decision {
  const { serverPool, pools } = observed;
  const ready = readiness(observed);
  const price = pricing(observed);
  const status: ServerPoolStatus = {
    observedGeneration: serverPool.metadata.generation,
    conditions: conditionsOf(serverPool, [ready, price], now),
    pools: pools.map(({ name }) => name).slice(0, MOST_POOLS),
    nodes: nodesOf(pools),
    ...gpusOf(pools),
    ...priceOf(pools),
    ...conflictsOf(observed),
  };
  return { status, events: eventsOf(serverPool, status, ready) };
}

/** The bounds of the status in the CRD. */
const MOST_POOLS = 32;
const MOST_CONFLICTS = 16;
const LONGEST_SOURCE = 253;
const LONGEST_PRODUCT = 63;
const LONGEST_MESSAGE = 1024;

type Verdicts = readonly [Verdict<'Ready'>, Verdict<'PriceKnown'>];

function conditionsOf({ metadata, status }: ServerPool, verdicts: Verdicts, now: number): Condition[] {
  const observedGeneration = metadata.generation;
  const set = verdicts.reduce<Condition[]>(
    (list, verdict) => setCondition(list, { ...verdict, observedGeneration }, now),
    [...(status?.conditions ?? [])],
  );
  const [ready] = verdicts;
  if (ready.status === 'True') return dropCondition(set, 'Stalled');
  return setCondition(set, { ...ready, type: 'Stalled', status: 'True', observedGeneration }, now);
}

function nodesOf(pools: readonly Pool[]): NodeCounts {
  const present = pools.flatMap(presentNodes);
  const all = pools.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const ready = present.filter((node) => node.ready).length;
  return { total: present.length, ready, new: all - present.length };
}

function gpusOf(pools: readonly Pool[]): { gpus?: GpuCounts } {
  const gpu = pools.find((pool) => pool.gpu !== null)?.gpu;
  if (!gpu) return {};
  const present = pools.flatMap(presentNodes);
  const sum = (nodes: readonly PoolNode[], of: (node: PoolNode) => number): number =>
    nodes.reduce((total, node) => total + of(node), 0);
  const ready = present.filter((node) => node.ready);
  const memory = gpu.memoryGib === null ? {} : { memoryGibibytes: Math.floor(gpu.memoryGib) };
  return {
    gpus: {
      total: sum(present, (node) => node.totalGpus),
      free: sum(ready, (node) => node.freeGpus),
      product: gpu.product.slice(0, LONGEST_PRODUCT),
      perNode: gpu.perNode,
      ...memory,
    },
  };
}

function priceOf([first]: readonly Pool[]): { price?: FoundPrice } {
  if (!first?.price.known) return {};
  const { perNodeHour: amount, currency, source, date } = first.price;
  return { price: { amount, currency, source: source.slice(0, LONGEST_SOURCE), ...(date === null ? {} : { date }) } };
}

const CONFLICTS: Partial<Record<FindingCode, PoolConflict['reason']>> = {
  ServerPoolsOverlap: 'NodesClaimedTwice',
  ServerPoolContradicted: 'ShapeContradicted',
  PriceContradictory: 'PriceContradicted',
};

function conflictsOf({ findings }: Observed): { conflicts?: readonly PoolConflict[] } {
  const conflicts = findings.flatMap(({ code, message }) => {
    const reason = CONFLICTS[code];
    return reason === undefined ? [] : [{ reason, message: message.slice(0, LONGEST_MESSAGE) }];
  });
  return conflicts.length === 0 ? {} : { conflicts: conflicts.slice(0, MOST_CONFLICTS) };
}

/** Of what changes what a plan may do: whether the pool can be used, and what it costs. */
function eventsOf({ status: before }: ServerPool, after: ServerPoolStatus, ready: Verdict<'Ready'>): EventDraft[] {
  const events: EventDraft[] = [];
  const was = getCondition(before?.conditions, 'Ready');
  if (was?.status !== ready.status || was.reason !== ready.reason) {
    const type = ready.status === 'True' ? 'Normal' : 'Warning';
    events.push({ type, reason: ready.reason, action: 'Discover', note: ready.message });
  }
  const [old, now] = [before?.price, after.price].map(priceText);
  if (before !== undefined && old !== now)
    events.push({ type: 'Normal', reason: 'PriceChanged', action: 'Price', note: `from ${old} to ${now} an hour` });
  return events;
}

function priceText(price: FoundPrice | undefined): string {
  return price === undefined ? 'an unknown price' : `${price.amount} ${price.currency}`;
}
