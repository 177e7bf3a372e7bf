import type { Draft } from './draft.ts';
import type { Observed, Settings } from './observed.ts';

/** What a step sees; it writes into the draft. */
export interface Look {
  readonly draft: Draft;
  readonly observed: Observed;
  readonly settings: Settings;
}

export type Step = (look: Look) => 'continue' | 'stop';
