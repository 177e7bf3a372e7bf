/** `status.pilots` and what the planner calls a pilot. */
import type { PilotMeasurement, PilotStatus } from '../../api/v1alpha1/distillation-job.gen.ts';
import { formatMoney } from '../money.ts';
import type { PilotMeasured, PilotResult } from '../planning/pilot-result.ts';
import type { Pilot, SearchStep } from '../planning/pilot-search.ts';
import type { Recipe } from '../planning/recipe.ts';
import { optional } from './result-fields.ts';

/** What is known from trial runs: of each recipe the longest that is done, or why it cannot work. */
export function pilotResults(pilots: readonly PilotStatus[] = []): PilotResult[] {
  return pilots.flatMap((pilot): PilotResult[] => {
    if (pilot.state === 'Failed') return [{ ...recipeOf(pilot), failure: pilot.message ?? 'it does not say why' }];
    return pilot.measured === undefined ? [] : [{ ...recipeOf(pilot), ...measuredOf(pilot.measured) }];
  });
}

export function toPilot({ name, rung, state, measured, ...rest }: PilotStatus): Pilot {
  return { name, recipe: recipeOf(rest), rung, state, measured: measured && measuredOf(measured) };
}

/** The list as the search wants it; what the status knows besides (cost, message, pool) stays. */
export function mergePilots(known: readonly PilotStatus[] = [], wanted: readonly Pilot[]): PilotStatus[] {
  return wanted.map(({ name, recipe, rung, state }) => {
    const before = known.find((pilot) => pilot.name === name);
    const { teacher, student, strategy, method, loss } = recipe;
    return { ...before, name, teacher, student, strategy, method, ...optional('loss', loss), rung, state };
  });
}

function recipeOf({ teacher, student, strategy, method, loss }: Pick<PilotStatus, keyof Recipe>): Recipe {
  // Written by us from a recipe, and read back.
  return { teacher, student, strategy, method, ...optional('loss', loss) } as Recipe;
}

function measuredOf({ steps, samples, correct }: PilotMeasurement): PilotMeasured {
  return { steps, samples, correct };
}

/** The entry of a trial that starts: what the run before it was allowed and said is gone. */
export function startedPilot(
  pilot: PilotStatus,
  { estimate, size, deadlineSeconds, tokenMoney }: Extract<SearchStep, { type: 'start' }>,
): PilotStatus {
  const { deadlineSeconds: _ofTheRunBefore, endpointBudget: _too, message: _andThis, ...rest } = pilot;
  return {
    ...rest,
    pool: estimate.pool,
    gpus: estimate.gpus,
    ...size,
    ...optional('deadlineSeconds', deadlineSeconds === null ? undefined : Math.min(longestDeadline, deadlineSeconds)),
    ...optional('endpointBudget', tokenMoney === null ? undefined : formatMoney(tokenMoney)),
  };
}

/** The longest that the API of Jobs takes. */
const longestDeadline = 2 ** 31 - 1;
