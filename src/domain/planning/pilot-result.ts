import type { Recipe } from './recipe.ts';

/** What a short trial run of a recipe found. JSON-serialisable, a part of what a plan is made from. */
export type PilotResult = Recipe & (PilotMeasured | PilotFailed);

export interface PilotMeasured {
  /** Steps of training behind it, and what the student then answered. */
  readonly steps: number;
  readonly samples: number;
  readonly correct: number;
}

interface PilotFailed {
  /** Why the recipe cannot work, in the words of its trial run. */
  readonly failure: string;
}
