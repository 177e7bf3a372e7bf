/** Works out the status of a StudentDeployment from its Deployment and pods. */
import { type ConditionInput, dropCondition, getCondition, setCondition } from '../../api/condition-list.ts';
import type { Pod } from '../../api/core.ts';
import { revisionLabel, studentSelector } from '../../api/labels.ts';
import type { Condition, StudentDeploymentStatus } from '../../api/v1alpha1/student-deployment.gen.ts';
import type { EventDraft } from '../distillation/decision.ts';
import { reportLoad } from './autoscale/report.ts';
import { findRestart, findTrouble } from '../pod-trouble.ts';
import { lastGood, type RevisionChoice } from './choose-revision.ts';
import type { Action, Decision } from './decision.ts';
import { type PendingModel, type ServableModel, servedModelName } from './model.ts';
import type { Observed } from './observed.ts';
import type { PlacedModel } from './placement.ts';
import { wantedReplicas } from './replicas.ts';
import type { Revision } from './revision.ts';
import { routeState } from './route.ts';
import { describeRollout, refusal, type RolloutState, type Trouble } from './rollout-state.ts';
import { serviceUrl } from './workload.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Draftless = Omit<ConditionInput, 'observedGeneration'>;

/** What is rolled out now, and what the spec asks for. */
export interface RolloutFacts {
  readonly choice: Exclude<RevisionChoice, { readonly kind: 'unknown' }>;
  readonly newest: Revision;
  readonly history: readonly Revision[];
  readonly limitation: string | undefined;
}

export class StatusDraft {
  readonly #observed: Observed;
  readonly #now: number;
  readonly #status: Mutable<StudentDeploymentStatus>;
  readonly #events: EventDraft[] = [];

  constructor(observed: Observed, now: number) {
    this.#observed = observed;
    this.#now = now;
    const { student, deployment } = observed;
    const counts = deployment?.status ?? {};
    const ready = counts.readyReplicas ?? 0;
    this.#status = {
      ...student.status,
      observedGeneration: student.metadata.generation,
      replicas: counts.replicas ?? 0,
      readyReplicas: ready,
      updatedReplicas: counts.updatedReplicas ?? 0,
      availableReplicas: counts.availableReplicas ?? 0,
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
    if (model.digest !== undefined) this.#status.modelDigest = model.digest;
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
  rollout({ choice, newest, history, limitation }: RolloutFacts): void {
    const { pods, deployment, student } = this.#observed;
    this.#status.updateRevision = newest.name;
    if (student.status?.failedRevision?.name !== newest.name) delete this.#status.failedRevision;
    const trouble = troubleOf(pods, choice.revision.name) ?? refusal(deployment);
    const state = describeRollout({
      student,
      deployment,
      choice,
      newest: newest.name,
      replicas: wantedReplicas(this.#observed),
      trouble,
      limitation,
    });
    if (state.complete) this.#complete(choice.revision.name);
    if (state.stuck && choice.kind === 'newest') this.#giveUp(state, { trouble, newest, history });
    const status = state.stuck || state.reason === 'RolledBack' ? 'False' : 'True';
    this.#set({ type: 'Progressing', status, reason: state.reason, message: state.message });
    this.#ready(state, trouble);
  }

  decision(actions: readonly Action[], events: readonly EventDraft[] = []): Decision {
    this.#reportLoad();
    return { actions, status: this.#status, events: [...events, ...this.#events] };
  }

  #reportLoad(): void {
    const hourlyCost = this.#status.placement?.hourlyCost;
    const { fields, conditions, dropped, events } = reportLoad(this.#observed, { now: this.#now, hourlyCost });
    for (const field of ['autoscaling', 'measured', 'usage'] as const) delete this.#status[field];
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
    if (state.complete) this.#drop('Reconciling');
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

/** Of the revision that is rolled out before that of others; between two tries of a container, what ended the last one. */
function troubleOf(pods: readonly Pod[], revision: string): Trouble | undefined {
  const own = pods.filter(({ metadata }) => metadata.labels?.[revisionLabel] === revision);
  return findTrouble(own) ?? findRestart(own) ?? findTrouble(pods);
}
