/** The Jobs and pods of a cluster as its API server and its Job controller keep them; what starts and ends them is the World's. */
import assert from 'node:assert/strict';
import type { Job } from '../../../src/api/core.ts';
import { queueLabel, stageLabel } from '../../../src/api/labels.ts';
import type { DistillationJobStatus } from '../../../src/api/v1alpha1/distillation-job.gen.ts';
import type { Action } from '../../../src/domain/distillation/decision.ts';
import { isFinished } from '../../../src/domain/distillation/job-state.ts';
import { type StageName, stageWords } from '../../../src/domain/distillation/stage.ts';
import { timestamp } from '../../../src/domain/time.ts';
import { recordOf } from './invariants.ts';
import { startOfTime } from './job.ts';
import { merge } from './merge.ts';
import { PodList } from './pod-list.ts';
import type { Ending } from './pod.ts';
import { success } from './results.ts';

/** What is stored of the DistillationJob when a Job is created. */
export interface Stored {
  readonly status: DistillationJobStatus;
  /** Whether a status with a stage under this Job's name was ever stored. */
  readonly wasAnnounced: boolean;
  readonly now: number;
}

export class ClusterJobs {
  now = startOfTime;
  /** The pods of a Job that is suspended run until {@link endStops}, as they do while they write their checkpoint. */
  slowStops = false;
  /** A Job that is deleted stays until {@link endDeletions}, as one does whose pods have to end first. */
  slowDeletions = false;
  readonly jobs = new Map<string, Job>();
  readonly pods = new PodList();
  /** Every Job that was ever created, in order. */
  readonly created: Job[] = [];
  #uids = 0;

  pass(seconds: number): void {
    this.now += seconds * 1000;
  }

  /** The Job of a stage that is there and not finished. */
  live(stage: StageName): Job | undefined {
    return this.liveJobs().find((job) => job.metadata.labels?.[stageLabel] === stageWords[stage].command);
  }

  liveJobs(): Job[] {
    return [...this.jobs.values()].filter((job) => !isFinished(job));
  }

  /** Somebody else changes a Job. */
  update(job: Job, changes: object): void {
    const resourceVersion = String(Number(job.metadata.resourceVersion) + 1);
    this.jobs.set(job.metadata.name, merge(merge(job, changes), { metadata: { resourceVersion } }));
  }

  /** Somebody deletes a Job, and its pods go with it. */
  remove(name: string): this {
    const job = this.jobs.get(name);
    this.jobs.delete(name);
    this.pods.removeOf(job?.metadata.uid);
    return this;
  }

  /** The pods of suspended Jobs have ended, and are gone. */
  endStops(): this {
    for (const { metadata, spec } of this.liveJobs())
      if (spec.suspend === true) this.#removeRunning(metadata.uid ?? '');
    return this;
  }

  /** The pods of Jobs that are being deleted have ended, and all of it is gone. */
  endDeletions(): this {
    for (const { metadata } of this.liveJobs())
      if (metadata.deletionTimestamp !== undefined) this.remove(metadata.name);
    return this;
  }

  /** The trainer of a stage runs for `seconds` and leaves `messages`, one per shard. */
  complete(stage: StageName, result?: object | readonly (string | undefined)[], seconds = 60): this {
    const job = this.#mustBeLive(stage);
    const shards = job.spec.completions ?? 1;
    const messages = Array.isArray(result)
      ? (result as readonly (string | undefined)[])
      : Array.from({ length: shards }, () => success(stage, result));
    const pods = messages.map((_, shard) => this.pods.start(job, shard, timestamp(this.now)));
    this.pass(seconds);
    const finishedAt = timestamp(this.now);
    for (const [shard, pod] of pods.entries()) {
      this.pods.change(pod, (builder) => builder.succeeded(messages[shard] ?? '', finishedAt));
    }
    this.update(job, {
      status: { completionTime: timestamp(this.now), conditions: [{ type: 'Complete', status: 'True' }] },
    });
    return this;
  }

  /** The trainer of a stage runs for `seconds` and ends badly, and with it the Job. */
  breakDown(stage: StageName, ending: Ending = {}, seconds = 60): this {
    const job = this.#mustBeLive(stage);
    const pod = this.pods.start(job, 0, timestamp(this.now));
    this.pass(seconds);
    this.pods.change(pod, (builder) => builder.failed({ ...ending, finishedAt: timestamp(this.now) }));
    const reason = ending.deadline
      ? 'DeadlineExceeded'
      : ending.exitCode === 2
        ? 'PodFailurePolicy'
        : 'BackoffLimitExceeded';
    this.update(job, {
      status: { conditions: [{ type: 'Failed', status: 'True', reason, message: 'the Job failed' }] },
    });
    return this;
  }

  /** Starts the pod of a stage and leaves it running. */
  run(stage: StageName): this {
    this.pods.start(this.#mustBeLive(stage), 0, timestamp(this.now));
    return this;
  }

  /** How the DistillationJob is, for whoever finds no Job. */
  protected get state(): string {
    return 'unknown';
  }

  #mustBeLive(stage: StageName): Job {
    const job = this.live(stage);
    assert.ok(job, `no Job of ${stage} is there to run; state ${this.state}`);
    return job;
  }

  protected createJob(job: Job, { status, wasAnnounced, now }: Stored): void {
    const { name } = job.metadata;
    // AlreadyExists
    if (this.jobs.has(name)) return;
    assert.ok(wasAnnounced, `Job ${name} was created before its name was stored`);
    // src/controllers/carry-out.ts asks the API server whether the Job is still meant.
    if (!status.stages?.some((stage) => stage.jobName === name && stage.state === 'Pending')) return;
    const stage = recordOf(status, job);
    assert.notEqual(
      stage?.state,
      'Succeeded',
      `Job ${name} was created although the result of ${stage?.name} is stored`,
    );
    this.#uids += 1;
    const kept = { uid: `uid-${this.#uids}`, resourceVersion: '1', creationTimestamp: timestamp(now) };
    const stored: Job = { ...job, metadata: { ...job.metadata, ...kept }, status: {} };
    this.jobs.set(name, stored);
    this.created.push(stored);
    const alive = this.liveJobs().map(({ metadata }) => metadata.name);
    assert.ok(alive.length <= 1, `more than one Job lives: ${alive.join(', ')}`);
  }

  /** Whether the API server did not answer with a conflict. */
  protected deleteJob(
    { name, uid, resourceVersion }: Extract<Action, { type: 'delete-stage-job' }>,
    now: number,
  ): boolean {
    const job = this.jobs.get(name);
    if (job?.metadata.uid !== uid) return true;
    if (resourceVersion !== undefined && job.metadata.resourceVersion !== resourceVersion) return false;
    if (this.slowDeletions) this.update(job, { metadata: { deletionTimestamp: timestamp(now) } });
    else this.remove(name);
    return true;
  }

  protected suspendJob({ name, uid, suspend }: Extract<Action, { type: 'suspend-stage-job' }>): void {
    const job = this.jobs.get(name);
    if (job?.metadata.uid !== uid) return;
    assert.equal(job.metadata.labels?.[queueLabel], undefined, `Job ${name} is Kueue's to suspend and to resume`);
    this.update(job, { spec: { suspend } });
    if (suspend && !this.slowStops) this.#removeRunning(uid);
  }

  #removeRunning(uid: string): void {
    this.pods.removeOf(uid, ({ status }) => status?.phase === 'Running');
  }
}
