/**
 * A pure model of the cluster around one DistillationJob: it stores what the operator writes, creates and deletes what the
 * operator asks for as the API server would, and plays the Job controller and the trainer on demand. What must hold of
 * every status that is stored, and of every Job that is created, is checked as it happens.
 */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Job, PersistentVolumeClaim, ResourceClaimTemplate } from '../../../src/api/core.ts';
import { bookkeepingFinalizer } from '../../../src/api/labels.ts';
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
import { livePods } from '../../../src/domain/distillation/job-state.ts';
import { viewOf } from '../../../src/domain/distillation/quota-view.ts';
import type { Kueue } from '../../../src/domain/distillation/queue.ts';
import type { Observed, Settings } from '../../../src/domain/distillation/observed.ts';
import { type StageName, stageNames } from '../../../src/domain/distillation/stage.ts';
import { noCeiling, type PodCeiling } from '../../../src/domain/pod-ceiling.ts';
import type { CalibrationFactor } from '../../../src/domain/planning/calibration.ts';
import type { Pool } from '../../../src/domain/planning/pool.ts';
import { decideQuota } from '../../../src/domain/quota/decide.ts';
import type { JobView } from '../../../src/domain/quota/job-view.ts';
import { timestamp } from '../../../src/domain/time.ts';
import { ClusterJobs } from './cluster-jobs.ts';
import { accepted, aJob } from './job.ts';
import { type Changes, merge } from './merge.ts';
import { checkTransition, describe, freeze } from './invariants.ts';
import type { Mishap } from './mishap.ts';
import { aPool } from './pool.ts';

export const settings: Settings = {
  trainerImage: 'trainer:test',
  servingImage: 'vllm:test',
  podUserId: 1000,
  progress: undefined,
  catalogue: shippedCatalogue,
};

type Children = Pick<Observed, 'stageJobs' | 'pods'>;

export class World extends ClusterJobs {
  pools: readonly Pool[];
  calibration: readonly CalibrationFactor[] = [];
  claim: PersistentVolumeClaim | undefined;
  readonly claimTemplates = new Map<string, ResourceClaimTemplate>();
  deployment: StudentDeployment | undefined;
  /** With their ledgers, which {@link settle} keeps as the quota controller would. */
  quotas: readonly DistillationQuota[] = [];
  /** Deleted, and kept by no finalizer any more. */
  gone = false;
  podCeiling: PodCeiling = noCeiling;
  nodesHidden = false;
  /** Not installed, until a Queue takes its place. */
  kueue: () => Kueue = () => ({ served: false, workloads: new Map() });
  /** What the Job controller says of Jobs without pods, by name. */
  refusals: ReadonlyMap<string, string> = new Map();
  /** Every action, in order, as `type name`. */
  readonly actions: string[] = [];
  readonly events: string[] = [];
  readonly #versions: DistillationJob[];
  readonly #children: Children[] = [];

  constructor(job: DistillationJob = aJob().build(), pools: readonly Pool[] = [aPool().build()]) {
    super();
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

  observed(mishap: Mishap = {}): Observed {
    this.#children.push(this.#currentChildren());
    const children = this.#children.at(-1 - (mishap.childrenStaleBy ?? 0)) ?? this.#currentChildren();
    return {
      job: this.#versions.at(-1 - (mishap.staleBy ?? 0)) ?? this.job,
      ...structuredClone(children),
      claimTemplates: new Set(this.claimTemplates.keys()),
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

  protected override get state(): string {
    return `${this.condition('Succeeded')}: ${this.message('Succeeded')}`;
  }

  #end(observed: Observed): Decision {
    const decision = decideDeletion(observed, settings, this.now);
    assert.ok(decision, 'a deleted job without a finalizer is still looked at');
    return decision;
  }

  #quotaView() {
    const { catalogue } = settings;
    const pods = livePods(this.pods.byJob());
    const stageJobs = [...this.jobs.values()];
    const seen = { livePods: pods, stageJobs, kueue: this.kueue(), pools: this.pools };
    return { job: this.job, ...seen, catalogue, priority: 0 };
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

  /** Whether the API server did not answer with a conflict, which ends the look. */
  #carryOut(action: Action): boolean {
    this.actions.push(describe(action));
    if (action.type === 'delete-stage-job') return this.deleteJob(action, this.now);
    this.#carryOutAlways(action);
    return true;
  }

  #carryOutAlways(action: Exclude<Action, { type: 'delete-stage-job' }>): void {
    switch (action.type) {
      case 'create-claim':
        this.claim ??= action.claim;
        return;
      case 'create-claim-template':
        this.claimTemplates.set(action.template.metadata.name, action.template);
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
        return this.createJob(action.job, this.#storedFor(action.job));
      case 'suspend-stage-job':
        return this.suspendJob(action);
      case 'add-finalizer':
        return this.#setFinalizers([bookkeepingFinalizer]);
      case 'remove-finalizer':
        return this.#setFinalizers([]);
    }
  }

  #storedFor({ metadata: { name } }: Job) {
    const wasAnnounced = this.#versions.some(({ status }) => status?.stages?.some((stage) => stage.jobName === name));
    return { status: this.status, wasAnnounced, now: this.now };
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
