import type { ServerPoolReason } from '../../api/conditions.ts';
import { isAtZero, type Pool, presentNodes } from '../planning/pool.ts';
import type { Observed } from './observed.ts';

export interface Verdict<Type extends 'Ready' | 'PriceKnown'> {
  readonly type: Type;
  readonly status: 'True' | 'False';
  readonly reason: ServerPoolReason<Type>;
  /** One sentence without counts that change by themselves. */
  readonly message: string;
}

type Ready = Verdict<'Ready'>;

/** In the order in which they are told: what is wrong with the spec before what the nodes are like. */
const CHECKS: readonly ((observed: Observed) => Ready | null)[] = [denied, claimedTwice, empty, planned, usable];

/** Whether plans can use the pool, and if not, why. */
export function readiness(observed: Observed): Ready {
  for (const check of CHECKS) {
    const verdict = check(observed);
    if (verdict) return verdict;
  }
  return atHand(observed.pools);
}

function no(reason: Ready['reason'], message: string): Ready {
  return { type: 'Ready', status: 'False', reason, message };
}

function denied({ findings }: Observed): Ready | null {
  const found = findings.find(({ code }) => code === 'ServerPoolContradicted');
  return found ? no('ShapeContradicted', found.message) : null;
}

/** The pool that came first keeps the nodes, and has nothing to complain of but the conflict itself. */
function claimedTwice({ findings, pools }: Observed): Ready | null {
  const found = findings.find(({ code }) => code === 'ServerPoolsOverlap');
  return found && pools.every((pool) => presentNodes(pool).length === 0)
    ? no('NodesClaimedTwice', found.message)
    : null;
}

function empty({ pools, findings, serverPool }: Observed): Ready | null {
  if (pools.length > 0) return null;
  const found = findings.find(({ code }) => code === 'NewNodesUnknown');
  return no('NoNodes', found?.message ?? `no node has the labels of ServerPool ${serverPool.metadata.name}`);
}

function planned({ pools }: Observed): Ready | null {
  const gpus = pools.flatMap(({ gpu }) => gpu ?? []);
  const unknown = gpus.find(({ facts }) => facts === null);
  if (unknown && gpus.every(({ facts }) => facts === null))
    return no('GpuUnknown', `the catalogue does not know "${unknown.product}", so nothing is planned on it`);
  if (gpus.length > 0 && gpus.every(({ sharing }) => sharing === 'TimeSliced'))
    return no(
      'GpuTimeSliced',
      'the GPUs are time-sliced: memory and speed are shared with others, so nothing is planned on them',
    );
  return null;
}

function usable({ pools }: Observed): Ready | null {
  const ready = pools.some(({ nodes }) => nodes.some((node) => node.ready));
  return ready ? null : no('NodesNotReady', 'none of the nodes is ready and uncordoned');
}

function atHand(pools: readonly Pool[]): Ready {
  const source = pools.find(({ newNodesFrom }) => newNodesFrom !== undefined)?.newNodesFrom;
  if (pools.every(isAtZero)) {
    const message = `there is no node; ${source} makes one when a pod asks for it`;
    return { type: 'Ready', status: 'True', reason: 'AtZero', message };
  }
  return { type: 'Ready', status: 'True', reason: 'NodesFound', message: 'the nodes are planned on' };
}

/** Whether the price of the pool's nodes is known. */
export function pricing({ pools, serverPool }: Observed): Verdict<'PriceKnown'> {
  const [first] = pools;
  if (first === undefined) {
    const message = 'there are no nodes to price';
    return { type: 'PriceKnown', status: 'False', reason: 'PriceUnknown', message };
  }
  const { price } = first;
  if (!price.known)
    return { type: 'PriceKnown', status: 'False', reason: price.code ?? 'PriceUnknown', message: price.reason };
  const stated = price.source === `ServerPool ${serverPool.metadata.name}`;
  const message = stated ? 'spec.price says it' : `it comes from ${price.source}`;
  return { type: 'PriceKnown', status: 'True', reason: stated ? 'PriceStated' : 'PriceFound', message };
}
