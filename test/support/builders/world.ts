/**
 * A pure model of the cluster around one DistillationJob: it stores what the operator writes, creates and deletes what the
 * operator asks for as the API server would, and plays the Job controller and the trainer on demand. What must hold of
 * every status that is stored, and of every Job that is created, is checked as it happens.
 */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Job, PersistentVolumeClaim } from '../../../src/api/core.ts';
import { bookkeepingFinalizer, queueLabel, stageLabel } from '../../../src/api/labels.ts';
import { getCondition } from '../../../src/api/condition-list.ts';
import type {
  DistillationJob,
  DistillationJobSpec,
  DistillationJobStatus,
  StageStatus,
} from '../../../src/api/v1alpha1/distillation-job.gen.ts';
import type { DistillationQuota } from '../../../src/api/v1alpha1/distillation-quota.gen.ts';
import type { StudentDeployment } from '../../../src/api/v1alpha1/student-deployment.gen.ts';
import { shippedCatalogue } from '../../../src/data/catalogue.ts';
import { decide } from '../../../src/domain/distillation/decide.ts';
import type { Action, Decision } from '../../../src/domain/distillation/decision.ts';
import { decideDeletion } from '../../../src/domain/distillation/deletion.ts';
import { isFinished, livePods } from '../../../src/domain/distillation/job-state.ts';
import { viewOf } from '../../../src/domain/distillation/quota-view.ts';
import type { Kueue } from '../../../src/domain/distillation/queue.ts';
import type { Observed, Settings } from '../../../src/domain/distillation/observed.ts';
import { type StageName, stageNames, stageWords } from '../../../src/domain/distillation/stage.ts';
import { noCeiling, type PodCeiling } from '../../../src/domain/pod-ceiling.ts';
import type { CalibrationFactor } from '../../../src/domain/planning/calibration.ts';
import type { Pool } from '../../../src/domain/planning/pool.ts';
import { decideQuota } from '../../../src/domain/quota/decide.ts';
import type { JobView } from '../../../src/domain/quota/job-view.ts';
import { timestamp } from '../../../src/domain/time.ts';
import { accepted, aJob, startOfTime } from './job.ts';
import { type Changes, merge } from './merge.ts';
import { checkTransition, describe, freeze, recordOf } from './invariants.ts';
import type { Mishap } from './mishap.ts';
import { PodList } from './pod-list.ts';
import type { Ending } from './pod.ts';
import { aPool } from './pool.ts';
import { success } from './results.ts';

export const settings: Settings = {
  trainerImage: 'trainer:test',
  servingImage: 'vllm:test',
  podUserId: 1000,
  progress: undefined,
  catalogue: shippedCatalogue,
};

type Children = Pick<Observed, 'stageJobs' | 'pods'>;

export class World {
  now = startOfTime;
  pools: readonly Pool[];
  calibration: readonly CalibrationFactor[] = [];
  claim: PersistentVolumeClaim | undefined;
  deployment: StudentDeployment | undefined;
  /** With their ledgers, which {@link settle} keeps as the quota controller would. */
  quotas: readonly DistillationQuota[] = [];
  /** Deleted, and kept by no finalizer any more. */
  gone = false;
  podCeiling: PodCeiling = noCeiling;
  nodesHidden = false;
  /** Not installed, until a Queue takes its place. */
  kueue: () => Kueue = () => ({ served: false, workloads: new Map() });
  /** The pods of a Job that is suspended run until {@link endStops}, as they do while they write their checkpoint. */
  slowStops = false;
  /** A Job that is deleted stays until {@link endDeletions}, as one does whose pods have to end first. */
  slowDeletions = false;
  /** What the Job controller says of Jobs without pods, by name. */
  refusals: ReadonlyMap<string, string> = new Map();
  readonly jobs = new Map<string, Job>();
  readonly pods = new PodList();
  /** Every Job that was ever created, in order. */
  readonly created: Job[] = [];
  /** Every action, in order, as `type name`. */
  readonly actions: string[] = [];
  readonly events: string[] = [];
  readonly #versions: DistillationJob[];
  readonly #children: Children[] = [];
  #uids = 0;

  constructor(job: DistillationJob = aJob().build(), pools: readonly Pool[] = [aPool().build()]) {
    this.#versions = [job];
    this.pools = pools;
  }

  /** As it is stored. */
  get job(): DistillationJob {
    const last = this.#versions.at(-1);
    assert.ok(last);
    return last;
  }

  get status(): DistillationJobStatus {
    return this.job.status ?? {};
  }

  stage(name: StageName): StageStatus | undefined {
    return this.status.stages?.find((stage) => stage.name === name);
  }

  condition(type: string): string {
    const found = getCondition(this.status.conditions, type);
    return found === undefined ? 'absent' : `${found.status} ${found.reason}`;
  }

  message(type: string): string {
    return getCondition(this.status.conditions, type)?.message ?? '';
  }

  /** The user changes the spec. */
  edit(changes: Changes<DistillationJobSpec>): void {
    const { metadata, spec } = this.job;
    this.#store({
      ...this.job,
      metadata: { ...metadata, generation: metadata.generation + 1 },
      spec: merge(spec, changes),
    });
  }

  pass(seconds: number): void {
    this.now += seconds * 1000;
  }

  observed(mishap: Mishap = {}): Observed {
    this.#children.push(this.#currentChildren());
    const children = this.#children.at(-1 - (mishap.childrenStaleBy ?? 0)) ?? this.#currentChildren();
    return {
      job: this.#versions.at(-1 - (mishap.staleBy ?? 0)) ?? this.job,
      ...structuredClone(children),
      workspaceClaim: this.claim,
      deployment: this.deployment,
      pools: this.pools,
      quotas: this.quotas,
      podCeiling: this.podCeiling,
      nodesHidden: this.nodesHidden,
      kueue: this.kueue(),
      refusals: this.refusals,
      calibration: this.calibration,
    };
  }

  /** One reconcile, as src/controllers/distillation-job.ts does it. */
  look(mishap: Mishap = {}): Decision {
    const observed = freeze(this.observed(mishap));
    const deleted = observed.job.metadata.deletionTimestamp !== undefined;
    const decision = deleted ? this.#end(observed) : decide(observed, settings, this.now);
    const allowed = decision.actions.slice(0, mishap.dieAfterActions);
    const died = !allowed.every((action) => this.#carryOut(action)) || allowed.length < decision.actions.length;
    if (!died && !mishap.loseStatus) this.#write(observed.job, decision);
    return decision;
  }

  /**
   * Looks until nothing changes, as the watch of one's own writes makes happen. The last look is idempotent: its status
   * equals the stored one, and it does not ask to be repeated at once.
   */
  settle(mostLooks = 12): this {
    for (let looks = 0; looks < mostLooks; looks += 1) {
      const before = this.#fingerprint();
      this.keepLedgers();
      const decision = this.look();
      if (this.gone) return this;
      if (before !== this.#fingerprint() || this.job.metadata.deletionTimestamp !== undefined) continue;
      const again = decide(this.observed(), settings, this.now);
      assert.deepEqual(again.status, this.status, 'a look that changed nothing wants another status');
      assert.ok(
        decision.requeueAfterMs === undefined || decision.requeueAfterMs > 0,
        'a look that changed nothing asks for another one at once',
      );
      return this;
    }
    throw new Error(`no rest after ${mostLooks} looks: ${JSON.stringify(this.status.conditions, null, 2)}`);
  }

  /** One look of the quota controller at each quota. */
  keepLedgers(others: readonly JobView[] = []): void {
    this.quotas = this.quotas.map((quota) => {
      const view = viewOf({ ...this.#quotaView(), rules: this }, quota.spec.currency);
      const { status } = decideQuota(freeze(quota), [...(this.gone ? [] : [view]), ...others], this.now);
      return { ...quota, status };
    });
  }

  /** Somebody deletes the job. */
  delete(): void {
    const { metadata } = this.job;
    this.#store({ ...this.job, metadata: { ...metadata, deletionTimestamp: timestamp(this.now) } });
    this.gone = (metadata.finalizers ?? []).length === 0;
  }

  /** The Job of a stage that is there and not finished. */
  live(stage: StageName): Job | undefined {
    return this.liveJobs().find((job) => job.metadata.labels?.[stageLabel] === stageWords[stage].command);
  }

  liveJobs(): Job[] {
    return [...this.jobs.values()].filter((job) => !isFinished(job));
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

  /** Runs stages to their good end, up to and including `last`. */
  runThrough(last: StageName, results: Partial<Record<StageName, object>> = {}): this {
    for (const stage of stageNames.slice(0, stageNames.indexOf(last) + 1)) {
      if (stage === 'Pilot') {
        this.settle();
        while (this.live('Pilot')) this.complete('Pilot', results.Pilot).settle();
      }
      if (stage === 'Pilot' || this.stage(stage)?.state === 'Succeeded') continue;
      this.settle().complete(stage, results[stage]).settle();
    }
    return this;
  }

  #end(observed: Observed): Decision {
    const decision = decideDeletion(observed, settings, this.now);
    assert.ok(decision, 'a deleted job without a finalizer is still looked at');
    return decision;
  }

  #quotaView() {
    const { catalogue } = settings;
    return { job: this.job, livePods: livePods(this.pods.byJob()), pools: this.pools, catalogue, priority: 0 };
  }

  #setFinalizers(finalizers: string[]): void {
    this.#store({ ...this.job, metadata: { ...this.job.metadata, finalizers } });
    this.gone = finalizers.length === 0 && this.job.metadata.deletionTimestamp !== undefined;
  }

  #currentChildren(): Children {
    return {
      stageJobs: new Map(this.jobs),
      pods: this.pods.byJob(),
    };
  }

  #fingerprint(): string {
    return JSON.stringify([this.job, [...this.jobs.values()], this.claim, this.deployment, this.quotas]);
  }

  #mustBeLive(stage: StageName): Job {
    const job = this.live(stage);
    assert.ok(
      job,
      `no Job of ${stage} is there to run; state ${this.condition('Succeeded')}: ${this.message('Succeeded')}`,
    );
    return job;
  }

  /** Somebody else changes a Job. */
  update(job: Job, changes: object): void {
    const resourceVersion = String(Number(job.metadata.resourceVersion) + 1);
    this.jobs.set(job.metadata.name, merge(merge(job, changes), { metadata: { resourceVersion } }));
  }

  /** Whether the API server did not answer with a conflict, which ends the look. */
  #carryOut(action: Action): boolean {
    this.actions.push(describe(action));
    if (action.type === 'delete-stage-job') return this.#delete(action);
    this.#carryOutAlways(action);
    return true;
  }

  #carryOutAlways(action: Exclude<Action, { type: 'delete-stage-job' }>): void {
    switch (action.type) {
      case 'create-claim':
        this.claim ??= action.claim;
        return;
      case 'create-deployment':
        assert.equal(
          this.status.deploymentName,
          action.deployment.metadata.name,
          'a deployment was created before its name was stored',
        );
        this.deployment ??= { ...action.deployment, spec: action.deployment.spec } as StudentDeployment;
        return;
      case 'create-stage-job':
        return this.#create(action.job);
      case 'suspend-stage-job':
        return this.#suspend(action);
      case 'add-finalizer':
        return this.#setFinalizers([bookkeepingFinalizer]);
      case 'remove-finalizer':
        return this.#setFinalizers([]);
    }
  }

  #create(job: Job): void {
    const { name } = job.metadata;
    // AlreadyExists
    if (this.jobs.has(name)) return;
    assert.ok(
      this.#versions.some(({ status }) => status?.stages?.some((stage) => stage.jobName === name)),
      `Job ${name} was created before its name was stored`,
    );
    // src/controllers/carry-out.ts asks the API server whether the Job is still meant.
    if (!this.status.stages?.some((stage) => stage.jobName === name && stage.state === 'Pending')) return;
    const stage = recordOf(this.status, job);
    assert.notEqual(
      stage?.state,
      'Succeeded',
      `Job ${name} was created although the result of ${stage?.name} is stored`,
    );
    this.#uids += 1;
    const stored: Job = {
      ...job,
      metadata: {
        ...job.metadata,
        uid: `uid-${this.#uids}`,
        resourceVersion: '1',
        creationTimestamp: timestamp(this.now),
      },
      status: {},
    };
    this.jobs.set(name, stored);
    this.created.push(stored);
    const alive = this.liveJobs().map(({ metadata }) => metadata.name);
    assert.ok(alive.length <= 1, `more than one Job lives: ${alive.join(', ')}`);
  }

  #delete({ name, uid, resourceVersion }: Extract<Action, { type: 'delete-stage-job' }>): boolean {
    const job = this.jobs.get(name);
    if (job?.metadata.uid !== uid) return true;
    if (resourceVersion !== undefined && job.metadata.resourceVersion !== resourceVersion) return false;
    if (this.slowDeletions) this.update(job, { metadata: { deletionTimestamp: timestamp(this.now) } });
    else this.remove(name);
    return true;
  }

  #suspend({ name, uid, suspend }: Extract<Action, { type: 'suspend-stage-job' }>): void {
    const job = this.jobs.get(name);
    if (job?.metadata.uid !== uid) return;
    assert.equal(job.metadata.labels?.[queueLabel], undefined, `Job ${name} is Kueue's to suspend and to resume`);
    this.update(job, { spec: { suspend } });
    if (suspend && !this.slowStops) this.#removeRunning(uid);
  }

  #removeRunning(uid: string): void {
    this.pods.removeOf(uid, ({ status }) => status?.phase === 'Running');
  }

  /** Only on top of the version that was read. */
  #write(read: DistillationJob, { status, events }: Decision): void {
    if (read !== this.job) return;
    const wanted = JSON.parse(JSON.stringify(status)) as DistillationJobStatus;
    if (isDeepStrictEqual(this.job.status, wanted)) return;
    checkTransition(this.status, wanted);
    this.#store({ ...this.job, status: wanted });
    this.events.push(...events.map(({ reason }) => reason));
  }

  #store(job: DistillationJob): void {
    this.#versions.push(
      accepted({ ...job, metadata: { ...job.metadata, resourceVersion: String(this.#versions.length + 1) } }),
    );
  }
}
