/** What a stage's pods cost: their seconds on a node times its price. Unknown stays unknown. */
import type { Pod } from '../../api/core.ts';
import { type Money, costOfSeconds, parseMoney, timesRatio } from '../money.ts';
import { nodeShare, type PoolChoice } from '../pool-choice.ts';
import { secondsBetween } from '../time.ts';

export interface StageCost {
  /** Whole seconds that the pods held their nodes. */
  readonly podSeconds: number;
  /** Undefined when the pool has no known price. */
  readonly amount: Money | undefined;
}

/** A pod costs its share of the node, from the start of its containers to their end. */
export function stageCost(pods: readonly Pod[], choice: PoolChoice | undefined, now: number): StageCost {
  const podSeconds = Math.ceil(pods.reduce((sum, pod) => sum + heldSeconds(pod, now), 0));
  const price = choice?.pool.price;
  if (choice === undefined || price === undefined || !price.known) return { podSeconds, amount: undefined };
  const perNodeHour = parseMoney(price.perNodeHour);
  if (perNodeHour === null) return { podSeconds, amount: undefined };
  return { podSeconds, amount: timesRatio(costOfSeconds(perNodeHour, podSeconds), nodeShare(choice)) };
}

function heldSeconds(pod: Pod, now: number): number {
  const ends = (pod.status?.containerStatuses ?? []).map((status) => status.state?.terminated?.finishedAt);
  const finished = ends.length > 0 && ends.every((end) => end !== undefined);
  return secondsBetween(pod.status?.startTime, finished ? ends.toSorted().at(-1) : undefined, now);
}
