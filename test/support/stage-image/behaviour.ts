/** What a stand-in for a stage does besides its work; a test sets it by `spec.podTemplate.env`. */
export interface Behaviour {
  /** How long the work takes; 0 when left out. */
  readonly milliseconds?: number;
  /** Ends with exit code 1 this many times before it works. */
  readonly crashes?: number;
  /** Ends with exit code 2 and this reason, every time. */
  readonly refuses?: string;
  /** Of 100 examples, how many the student answers. */
  readonly correct?: number;
  /** Fails for this student only: its trial run. */
  readonly fails?: string;
  /** Ends well without a word. */
  readonly silent?: boolean;
}

export type StageCommand = 'profile' | 'pilot' | 'synthesize' | 'train' | 'evaluate' | 'publish';
export type Script = Readonly<Partial<Record<StageCommand, Behaviour>>>;

export const scriptVariable = 'STAND_IN_SCRIPT';

/** The variable for `spec.podTemplate.env`. */
export function scriptEnv(script: Script): { name: string; value: string } {
  return { name: scriptVariable, value: JSON.stringify(script) };
}
