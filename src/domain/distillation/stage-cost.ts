/** What a stage's pods cost: their seconds on a node times its price. Unknown stays unknown. */
import type { Pod } from '../../api/core.ts';
import { type Money, costOfSeconds, parseMoney, timesRatio } from '../money.ts';
import { nodeShare } from '../planning/pool.ts';
import type { PoolChoice } from '../pool-choice.ts';
import { secondsBetween } from '../time.ts';

/** Whole seconds that the pods have held their nodes, from the start of their containers to their end. */
export function podSecondsOf(pods: readonly Pod[], now: number): number {
  return Math.ceil(pods.reduce((sum, pod) => sum + heldSeconds(pod, now), 0));
}

/** What a pod's share of a node costs for so long; undefined when the pool has no known price in the currency. */
export function costOf(seconds: number, choice: PoolChoice | undefined, currency: string): Money | undefined {
  const price = choice?.pool.price;
  if (choice === undefined || price === undefined || !price.known || price.currency !== currency) return undefined;
  const perNodeHour = parseMoney(price.perNodeHour);
  return perNodeHour === null
    ? undefined
    : timesRatio(costOfSeconds(perNodeHour, seconds), nodeShare(choice.pool, choice.gpus));
}

function heldSeconds(pod: Pod, now: number): number {
  const ends = (pod.status?.containerStatuses ?? []).map((status) => status.state?.terminated?.finishedAt);
  const finished = ends.length > 0 && ends.every((end) => end !== undefined);
  return secondsBetween(pod.status?.startTime, finished ? ends.toSorted().at(-1) : undefined, now);
}
