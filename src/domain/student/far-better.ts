/** When another pool is so much better that replacing every replica for it is worth the disturbance. */
import { hourlyOf } from '../planning/serving-plan.ts';
import type { ServingOption } from '../planning/serving-option.ts';

/**
 * A quarter off the bill. Less is within what the load's estimate is off by: it may need one replica more than predicted, and
 * that is a quarter of four. Going back takes another quarter, so two pools of like prices never alternate.
 */
const worthMoving = 0.75;

/** @param here undefined when the pool does not hold the targets any more. */
export function farBetter(there: ServingOption, here: ServingOption | undefined): boolean {
  if (here === undefined) return true;
  const [now, then] = [hourlyOf(here), hourlyOf(there)];
  return Number.isFinite(now) && Number.isFinite(then) && then <= worthMoving * now;
}
