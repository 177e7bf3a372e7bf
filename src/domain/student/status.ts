/** Works out the status of a StudentDeployment from its Deployment and pods. */
import { type ConditionInput, dropCondition, getCondition, setCondition } from '../../api/condition-list.ts';
import { studentSelector } from '../../api/labels.ts';
import type { CanaryStatus, Condition, StudentDeploymentStatus } from '../../api/v1alpha1/student-deployment.gen.ts';
import type { EventDraft } from '../distillation/decision.ts';
import { reportLoad } from './autoscale/report.ts';
import type { Trial } from './canary/trial.ts';
import { lastGood, type RevisionChoice } from './choose-revision.ts';
import type { Action, Decision } from './decision.ts';
import { type PendingModel, type ServableModel, servedModelName } from './model.ts';
import type { Observed } from './observed.ts';
import { isOwn } from './ownership.ts';
import type { PlacedModel } from './placement.ts';
import { wantedReplicas } from './replicas.ts';
import type { Revision } from './revision.ts';
import { routeState } from './route.ts';
import {
  countsOf,
  describeRollout,
  isStanding,
  refusal,
  type RolloutState,
  type Trouble,
  troubleOf,
} from './rollout-state.ts';
import { serviceUrl } from './workload.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Draftless = Omit<ConditionInput, 'observedGeneration'>;

/** What is rolled out now, and what the spec asks for. */
export interface RolloutFacts {
  readonly choice: Exclude<RevisionChoice, { readonly kind: 'unknown' }>;
  readonly newest: Revision;
  readonly history: readonly Revision[];
  readonly limitation: string | undefined;
  /** While the stable replicas take the revision of a Canary over. */
  readonly promoting: boolean;
  /** While a Deployment of an older version is replaced: how that goes. */
  readonly succession: string | undefined;
}

type Count = 'replicas' | 'readyReplicas' | 'updatedReplicas' | 'availableReplicas';

export class StatusDraft {
  readonly #observed: Observed;
  readonly #now: number;
  readonly #status: Mutable<StudentDeploymentStatus>;
  readonly #events: EventDraft[] = [];

  constructor(observed: Observed, now: number) {
    this.#observed = observed;
    this.#now = now;
    const { student, deployment, canary } = observed;
    const own = canary !== undefined && isOwn(canary, student) ? canary : undefined;
    const sum = (field: Count): number => (deployment?.status?.[field] ?? 0) + (own?.status?.[field] ?? 0);
    const ready = sum('readyReplicas');
    this.#status = {
      ...student.status,
      observedGeneration: student.metadata.generation,
      replicas: sum('replicas'),
      readyReplicas: ready,
      updatedReplicas: sum('updatedReplicas'),
      availableReplicas: sum('availableReplicas'),
      readyRatio: `${ready}/${wantedReplicas(observed)}`,
      selector: studentSelector(student.metadata.name),
      url: serviceUrl(student),
      modelName: servedModelName(student),
    };
  }

  stall(reason: string, message: string): void {
    this.#set({ type: 'Stalled', status: 'True', reason, message });
    this.#set({ type: 'Ready', status: 'False', reason, message });
    this.#drop('Reconciling');
  }

  /** With `kept`, the student goes on serving what it served before. */
  modelPending({ reason, message }: PendingModel, kept: ServableModel | undefined): void {
    const text = kept === undefined ? message : `${message}; serving ${kept.uri} until then`;
    this.#set({ type: 'ModelAvailable', status: reason === 'JobRunning' ? 'Unknown' : 'False', reason, message: text });
    if (kept !== undefined) return;
    if (reason === 'JobFailed') this.stall('JobFailed', message);
    else this.#waiting('ModelPending', message);
  }

  modelReady(model: ServableModel): void {
    this.#status.modelUri = model.uri;
    // Not that of the weights before.
    delete this.#status.modelDigest;
    delete this.#status.modelQuantization;
    if (model.digest !== undefined) this.#status.modelDigest = model.digest;
    if (model.quantization !== undefined) this.#status.modelQuantization = model.quantization;
    this.#set({ type: 'ModelAvailable', status: 'True', reason: 'Resolved', message: `serving ${model.uri}` });
  }

  unplaced(message: string): void {
    this.#set({ type: 'Placed', status: 'False', reason: 'NoFeasiblePool', message });
    this.#waiting('NoFeasiblePool', message);
  }

  nameTaken(message: string): void {
    this.#waiting('NameTaken', message);
  }

  placed({ choice, status }: PlacedModel): void {
    const before = this.#observed.student.status?.placement?.pool;
    this.#status.placement = status;
    const message = status.message ?? `pool ${choice.pool.name}`;
    this.#set({ type: 'Placed', status: 'True', reason: 'PoolSelected', message });
    if (before === undefined || before === choice.pool.name) return;
    const note = `Moving from pool ${before} to ${choice.pool.name}: ${message}`;
    this.#events.push({ type: 'Normal', reason: 'PoolChanged', action: 'Place', note });
  }

  /** The spec pins what the history does not have. */
  revisionUnknown(wanted: string, history: readonly Revision[]): void {
    const known = history.map(({ name }) => name).join(', ');
    const message = `spec.rollout.revision ${wanted} is not in the history (${known}); name one of these, or remove it`;
    this.#set({ type: 'Progressing', status: 'False', reason: 'RevisionNotFound', message });
    this.#atRest('RevisionNotFound', message);
  }

  /** Whether the ways besides the Service are there. */
  route(): void {
    const state = routeState(this.#observed);
    if (state === undefined) this.#drop('RouteReady');
    else this.#set({ type: 'RouteReady', ...state });
  }

  /** Reads how far the Deployment has come with the revision that was chosen. */
  rollout({ choice, newest, history, limitation, promoting, succession }: RolloutFacts): void {
    const { pods, deployment, student, canary } = this.#observed;
    this.#asked(newest);
    const trouble = refusal(deployment) ?? troubleOf(pods, choice.revision.name);
    const state = describeRollout({
      student,
      deployment,
      choice,
      newest: newest.name,
      replicas: wantedReplicas(this.#observed),
      trouble,
      limitation,
      besides: promoting || succession !== undefined ? countsOf(canary).available : 0,
      succession,
    });
    if (!promoting || state.complete) delete this.#status.canary;
    if (state.complete) this.#complete(choice.revision.name);
    if (state.stuck && choice.kind === 'newest') this.#giveUp(state, { trouble, newest, history });
    const status = state.stuck || state.reason === 'RolledBack' ? 'False' : 'True';
    this.#set({ type: 'Progressing', status, reason: state.reason, message: state.message });
    this.#ready(state, state.stuck || isStanding(trouble) ? trouble : undefined);
  }

  /** Two revisions serve: how the one on trial does. */
  trial({ candidate, split, status, report, failure }: Trial, history: readonly Revision[]): void {
    const { deployment, student, canary, pods } = this.#observed;
    this.#asked(candidate);
    const counts = { stable: countsOf(deployment), canary: countsOf(split && canary) };
    this.#status.updatedReplicas = counts.canary.updated;
    if (status === undefined) delete this.#status.canary;
    else this.#status.canary = status;
    this.#events.push(...trialEvents(student.status?.canary, status));
    const replicas = wantedReplicas(this.#observed);
    const available = counts.stable.available + counts.canary.available >= replicas;
    const { reason, message } = report;
    const state = { replicas, available, complete: false, stuck: atRest.has(reason), reason, message };
    if (failure !== undefined) this.#giveUp(state, { trouble: failure, newest: candidate, history });
    this.#set({ type: 'Progressing', ...report });
    const trouble = troubleOf(pods, candidate.name) ?? refusal(deployment);
    this.#ready(state, isStanding(trouble) ? trouble : undefined);
  }

  #asked({ name }: Revision): void {
    this.#status.updateRevision = name;
    if (this.#observed.student.status?.failedRevision?.name !== name) delete this.#status.failedRevision;
  }

  decision(actions: readonly Action[], events: readonly EventDraft[] = []): Decision {
    this.#reportLoad();
    return { actions, status: this.#status, events: [...events, ...this.#events] };
  }

  #reportLoad(): void {
    const hourlyCost = this.#status.placement?.hourlyCost;
    const { fields, conditions, dropped, events } = reportLoad(this.#observed, { now: this.#now, hourlyCost });
    for (const field of ['autoscaling', 'measured', 'estimates', 'usage'] as const) delete this.#status[field];
    Object.assign(this.#status, fields);
    for (const type of dropped) this.#drop(type);
    for (const condition of conditions) this.#set(condition);
    this.#events.push(...events);
  }

  #complete(revision: string): void {
    if (this.#status.currentRevision !== revision) {
      const note = `Revision ${revision} serves alone`;
      this.#events.push({ type: 'Normal', reason: 'RolloutComplete', action: 'Rollout', note });
    }
    this.#status.currentRevision = revision;
  }

  /** Only remembered here: the next look, once this is stored, goes back to the last revision that served. */
  #giveUp(state: RolloutState, { trouble, newest, history }: GivenUp): void {
    const { student, pools } = this.#observed;
    const good = lastGood(student, history);
    if (!student.spec.rollout.autoRollback || good === undefined || good.name === newest.name) return;
    // To where there is no node, nobody can go back.
    if (!pools.some(({ name }) => name === good.pool)) return;
    const message = (trouble?.message ?? state.message).slice(0, longestMessage);
    const reason = trouble?.reason ?? state.reason;
    this.#status.failedRevision = { name: newest.name, reason, message, failedTime: timestamp(this.#now) };
    const note = `Revision ${newest.name} could not be rolled out, going back to ${good.name}: ${message}`;
    this.#events.push({ type: 'Warning', reason: 'RolledBack', action: 'Rollout', note });
  }

  #ready(state: RolloutState, trouble: Trouble | undefined): void {
    const wasReady = getCondition(this.#observed.student.status?.conditions, 'Ready')?.status === 'True';
    if (state.available) {
      const message = `${state.replicas} replica(s) answer at ${this.#status.url}`;
      this.#set({ type: 'Ready', status: 'True', reason: readyReason(state), message });
      if (!wasReady) this.#events.push({ type: 'Normal', reason: 'StudentReady', action: 'Serve', note: message });
    } else {
      this.#set({
        type: 'Ready',
        status: 'False',
        reason: trouble?.reason ?? 'ReplicasUnavailable',
        message: trouble?.message ?? state.message,
      });
    }
    if (state.stuck || (state.complete && state.reason === 'RolledBack')) {
      this.#atRest(state.reason, state.message);
      return;
    }
    this.#drop('Stalled');
    // Paused it waits for a person, and nothing is under way.
    if (state.complete || state.reason === 'Paused') this.#drop('Reconciling');
    else this.#set({ type: 'Reconciling', status: 'True', reason: 'Progressing', message: state.message });
  }

  /** Nothing moves until somebody changes something; what serves goes on. */
  #atRest(reason: string, message: string): void {
    this.#set({ type: 'Stalled', status: 'True', reason, message });
    this.#drop('Reconciling');
  }

  /** Something outside is awaited; what serves already keeps its Ready. */
  #waiting(reason: string, message: string): void {
    this.#drop('Stalled');
    this.#set({ type: 'Reconciling', status: 'True', reason: 'Progressing', message });
    if ((this.#observed.deployment?.status?.availableReplicas ?? 0) > 0) return;
    this.#set({ type: 'Ready', status: 'Unknown', reason, message });
  }

  #set(input: Draftless): void {
    const observedGeneration = this.#observed.student.metadata.generation;
    this.#status.conditions = setCondition(this.#conditions(), { ...input, observedGeneration }, this.#now);
  }

  #drop(type: string): void {
    this.#status.conditions = dropCondition(this.#conditions(), type);
  }

  #conditions(): readonly Condition[] {
    return this.#status.conditions ?? [];
  }
}

/** Of a Canary: somebody has to do something. */
const atRest: ReadonlySet<string> = new Set(['CanaryFailed', 'NameTaken']);

function trialEvents(before: CanaryStatus | undefined, after: CanaryStatus | undefined): EventDraft[] {
  if (after?.revision === undefined || after.step === before?.step) return [];
  if (before === undefined || after.message === undefined) return [];
  return [
    {
      type: 'Normal',
      reason: 'CanaryStepPassed',
      action: 'Rollout',
      note: `Revision ${after.revision}: ${after.message}`,
    },
  ];
}

interface GivenUp {
  readonly trouble: Trouble | undefined;
  readonly newest: Revision;
  readonly history: readonly Revision[];
}

/** The bound in the CRD. */
const longestMessage = 2048;

function timestamp(now: number): string {
  return new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
}

function readyReason(state: RolloutState): string {
  if (state.reason === 'RolledBack') return 'RolledBack';
  return state.complete ? 'Available' : 'RollingOut';
}
