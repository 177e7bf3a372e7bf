/** Lets a job run in a model of the cluster, with the operator dying, losing writes and looking at old views on the way. */
import { stageLabel } from '../../../../src/api/labels.ts';
import { type StageName, stageNames, stageWords } from '../../../../src/domain/distillation/stage.ts';
import { failure, profileOfTwo } from '../../../support/builders/results.ts';
import type { Mishap } from '../../../support/builders/mishap.ts';
import { withKueue } from '../../../support/builders/queue.ts';
import type { World } from '../../../support/builders/world.ts';

/** How one try of a stage ends. */
export type Outcome = 'done' | 'mendable' | 'crash' | 'bad-input' | 'mute' | 'vanished';

/** The outcomes of a stage's tries, in order; the tries after the last one are done well. */
export type Script = Readonly<Record<StageName, readonly Outcome[]>>;

/** One turn: a look, and then perhaps the trainer has its way, or time passes. */
export interface Turn extends Mishap {
  readonly play: boolean;
  readonly seconds: number;
  /** What the user sets `spec.suspend` to before the look. */
  readonly suspend?: boolean | undefined;
  /** What Kueue does after the look, for a job in a queue. */
  readonly queue?: 'admit' | 'evict' | undefined;
}

const calm: Turn = { play: true, seconds: 30, queue: 'admit' };

/** Takes these turns, and then calm ones until the job has ended; throws when it does not. A job that names a queue is in Kueue's hands. */
export function simulate(world: World, script: Script, turns: readonly Turn[] = []): World {
  const queue = world.job.spec.queueName === undefined ? undefined : withKueue(world);
  const outcomes = new Map(stageNames.map((stage) => [stage, [...script[stage]]]));
  const takeTurn = (turn: Turn): void => {
    if (turn.suspend !== undefined && turn.suspend !== (world.job.spec.suspend ?? false))
      world.edit({ suspend: turn.suspend });
    world.look(turn);
    queue?.takeIn();
    if (turn.queue !== undefined) queue?.[turn.queue]();
    if (turn.play) play(world, outcomes);
    world.pass(turn.seconds);
  };
  for (const turn of turns) takeTurn(turn);
  for (let left = 400; left > 0; left -= 1) {
    if (hasEnded(world)) return world.settle();
    takeTurn({ ...calm, suspend: false });
  }
  throw new Error(
    `the job does not end: ${world.condition('Succeeded')}: ${world.message('Succeeded')}; actions ${world.actions.join(', ')}`,
  );
}

function hasEnded(world: World): boolean {
  return /^(True|False)/.test(world.condition('Succeeded'));
}

function play(world: World, outcomes: Map<StageName, Outcome[]>): void {
  const job = world.liveJobs().find(({ spec }) => spec.suspend !== true);
  const stage = stageNames.find((name) => stageWords[name].command === job?.metadata.labels?.[stageLabel]);
  if (job === undefined || stage === undefined) return;
  plays[outcomes.get(stage)?.shift() ?? 'done'](world, stage, job.metadata.name);
}

const plays: Readonly<Record<Outcome, (world: World, stage: StageName, job: string) => void>> = {
  done: (world, stage) => world.complete(stage, stage === 'Profile' ? profileOfTwo() : undefined),
  mendable: (world, stage) => world.breakDown(stage, { exitCode: 2, message: failure(stage, 'DataUnreadable') }),
  crash: (world, stage) => world.breakDown(stage, { exitCode: 1, message: 'Traceback (most recent call last)' }),
  'bad-input': (world, stage) => world.breakDown(stage, { exitCode: 2, message: failure(stage, 'ModelIncompatible') }),
  mute: (world, stage) => world.complete(stage, [undefined]),
  vanished: (world, _stage, job) => world.remove(job),
};

/** What must not depend on when the operator died: not times, not how often a stage was looked at. */
export function endState({ status, created, deployment }: World) {
  const {
    attempts = [],
    stages = [],
    pilots = [],
    conditions = [],
    artifact,
    evaluation,
    cost,
    deploymentName,
  } = status;
  return {
    conditions: conditions
      .filter(({ type }) => type !== 'Suspended')
      .map(({ type, status: value, reason }) => `${type} ${value} ${reason}`)
      .sort(),
    attempts: attempts.map(({ number, candidate, state, reason }) => ({ number, candidate, state, reason })),
    stages: stages.map(({ name, attempt, state, cost: spent }) => ({ name, attempt, state, spent })),
    pilots: pilots.map(({ name, rung, state, measured, cost: spent }) => ({ name, rung, state, measured, spent })),
    tries: created.map(({ metadata }) => metadata.labels?.[stageLabel]),
    published: [artifact?.uri, artifact?.digest],
    accuracy: evaluation?.student?.accuracy,
    spent: cost?.spent,
    deployed: [deploymentName, deployment?.metadata.name],
  };
}
