/** The decision while it is being made: a copy of the stored status that the steps write into. */
import { type ConditionInput, dropCondition, setCondition } from '../../api/condition-list.ts';
import type {
  AttemptStatus,
  Condition,
  DistillationJob,
  DistillationJobStatus,
  LastFailure,
  PilotStatus,
  StageStatus,
} from '../../api/v1alpha1/distillation-job.gen.ts';
import { timestamp } from '../time.ts';
import type { Action, Decision, EventDraft } from './decision.ts';
import type { StageName } from './stage.ts';

/** How often a job that waits for a pool looks again: nodes wake it, GPUs that somebody gives back do not. */
export const poolWaitMs = 60_000;

/** The API refuses a status with a longer one, and the tail of a container's log may be. */
const longestMessage = 1024;

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** How the summary condition reads at the end of this look. */
export interface Summary {
  readonly reason: string;
  readonly message: string;
}

export class Draft {
  readonly job: DistillationJob;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly status: Mutable<DistillationJobStatus>;
  summary: Summary = { reason: 'Accepted', message: 'the job is accepted' };
  readonly #actions: Action[] = [];
  readonly #events: EventDraft[] = [];
  #requeueAfterMs: number | undefined;

  constructor(job: DistillationJob, now: number) {
    this.job = job;
    this.now = now;
    const { trainerStatus: _ofTheProgressServer, progress: _too, ...owned } = job.status ?? {};
    this.status = { ...owned, observedGeneration: job.metadata.generation };
  }

  get timestamp(): string {
    return this.timestampAt(this.now);
  }

  /** @param ms milliseconds since the epoch. */
  timestampAt(ms: number): string {
    return timestamp(ms);
  }

  /** The attempt under way, counted from 1. */
  get attempt(): number {
    return this.status.attempts?.at(-1)?.number ?? 1;
  }

  act(action: Action): void {
    this.#actions.push(action);
  }

  event(event: EventDraft): void {
    this.#events.push(event);
  }

  /**
   * The earliest wish wins. None is needed after a change of the status: stored, it comes back by the watch and is looked at.
   * To ask for 0 would decide once more on the old status, and meet nothing but conflicts.
   */
  requeueAfter(ms: number): void {
    this.#requeueAfterMs = Math.min(ms, this.#requeueAfterMs ?? Number.POSITIVE_INFINITY);
  }

  condition(input: Omit<ConditionInput, 'observedGeneration'>): void {
    const observedGeneration = this.job.metadata.generation;
    this.status.conditions = setCondition(this.status.conditions ?? [], { ...input, observedGeneration }, this.now);
  }

  dropCondition(type: string): void {
    this.status.conditions = dropCondition(this.status.conditions ?? [], type);
  }

  getCondition(type: string): Condition | undefined {
    return this.status.conditions?.find((condition) => condition.type === type);
  }

  stage(name: StageName): StageStatus | undefined {
    return this.status.stages?.find((stage) => stage.name === name);
  }

  putStage(record: StageStatus): void {
    const others = (this.status.stages ?? []).filter((stage) => stage.name !== record.name);
    const { message, ...rest } = record;
    this.status.stages = [
      ...others,
      message === undefined ? rest : { ...rest, message: clip(message, longestMessage) },
    ];
  }

  /** In its place, so that the list stays in the order in which trials are made. */
  putPilot(pilot: PilotStatus): void {
    const { message, ...rest } = pilot;
    const clipped = message === undefined ? rest : { ...rest, message: clip(message, longestMessage) };
    this.status.pilots = (this.status.pilots ?? []).map((other) => (other.name === pilot.name ? clipped : other));
  }

  /** Forgets the stages of a finished attempt; what they cost stays in `cost`. */
  dropStages(names: readonly StageName[]): void {
    this.status.stages = (this.status.stages ?? []).filter((stage) => !names.includes(stage.name));
  }

  putAttempt(attempt: AttemptStatus): void {
    const others = (this.status.attempts ?? []).filter((other) => other.number !== attempt.number);
    this.status.attempts = [...others, attempt];
  }

  fail(failure: Omit<LastFailure, 'time'>): void {
    const message = clip(failure.message ?? '', longestMessage);
    this.status.lastFailure = { ...failure, message, time: this.timestamp };
  }

  decision(): Decision {
    return {
      actions: this.#actions,
      status: this.status,
      events: this.#events,
      requeueAfterMs: this.#requeueAfterMs,
    };
  }
}
