/** The stages of a job, in order, and the words each one is known by. */

export const stageNames = ['Profile', 'Pilot', 'Synthesize', 'Train', 'Evaluate', 'Publish'] as const;
export type StageName = (typeof stageNames)[number];

interface StageWords {
  /** The container's argument. */
  readonly command: string;
  /** Reason of the summary condition while the stage runs: the STATE column. */
  readonly state: string;
  /** The condition that turns True when the stage is done. */
  readonly condition: 'Profiled' | 'Piloted' | 'DataReady' | 'Trained' | 'Evaluated' | 'Published';
  /** Reason of that condition once it is True. */
  readonly done: string;
  /** Event published when the stage's Job exists, and when it is done. */
  readonly events: { readonly created: string; readonly done: string };
}

export const stageWords: Readonly<Record<StageName, StageWords>> = {
  Profile: {
    command: 'profile',
    state: 'Profiling',
    condition: 'Profiled',
    done: 'ProfileMeasured',
    events: { created: 'ProfileJobCreated', done: 'ProfileMeasured' },
  },
  Pilot: {
    command: 'pilot',
    state: 'Piloting',
    condition: 'Piloted',
    done: 'PilotsMeasured',
    events: { created: 'PilotJobCreated', done: 'PilotMeasured' },
  },
  Synthesize: {
    command: 'synthesize',
    state: 'Synthesizing',
    condition: 'DataReady',
    done: 'DataVerified',
    events: { created: 'SynthesisJobCreated', done: 'DataVerified' },
  },
  Train: {
    command: 'train',
    state: 'Training',
    condition: 'Trained',
    done: 'TrainingComplete',
    events: { created: 'TrainingJobCreated', done: 'TrainingComplete' },
  },
  Evaluate: {
    command: 'evaluate',
    state: 'Evaluating',
    condition: 'Evaluated',
    done: 'EvaluationMeasured',
    events: { created: 'EvaluationJobCreated', done: 'EvaluationMeasured' },
  },
  Publish: {
    command: 'publish',
    state: 'Publishing',
    condition: 'Published',
    done: 'ArtifactPublished',
    events: { created: 'PublishJobCreated', done: 'ArtifactPublished' },
  },
};

/** The stages that every attempt repeats; a profile and trial runs serve all attempts. */
export const attemptStages: readonly StageName[] = ['Synthesize', 'Train', 'Evaluate', 'Publish'];
