/** Works out the status of a StudentDeployment from its Deployment and pods. */
import { type ConditionInput, dropCondition, getCondition, setCondition } from '../../api/condition-list.ts';
import { studentSelector } from '../../api/labels.ts';
import type { Condition, StudentDeploymentStatus } from '../../api/v1alpha1/student-deployment.gen.ts';
import type { EventDraft } from '../distillation/decision.ts';
import { findTrouble } from '../pod-trouble.ts';
import type { Action, Decision } from './decision.ts';
import { type PendingModel, type ServableModel, servedModelName } from './model.ts';
import type { Observed } from './observed.ts';
import type { PlacedModel } from './placement.ts';
import { wantedReplicas } from './replicas.ts';
import { describeRollout, refusal, type RolloutState, type Trouble } from './rollout-state.ts';
import { serviceUrl } from './workload.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Draftless = Omit<ConditionInput, 'observedGeneration'>;

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

  placed({ choice, reason }: PlacedModel): void {
    const { pool, gpus } = choice;
    this.#status.placement = {
      pool: pool.name,
      gpus,
      ...(pool.gpu === null ? {} : { gpuProduct: pool.gpu.product }),
      reason,
      message: `${gpus} GPU(s) per replica on pool ${pool.name}${pool.simulated ? ' (simulated)' : ''}`,
    };
    this.#set({ type: 'Placed', status: 'True', reason: 'PoolSelected', message: `pool ${pool.name}` });
  }

  /** Reads how far the Deployment has come with `revision`. */
  rollout(revision: string, limitation: string | undefined): void {
    this.#status.updateRevision = revision;
    const { pods, deployment } = this.#observed;
    const trouble = findTrouble(pods) ?? refusal(deployment);
    const state = describeRollout({
      replicas: wantedReplicas(this.#observed),
      student: this.#observed.student,
      deployment,
      revision,
      trouble,
      limitation,
    });
    if (state.complete) this.#status.currentRevision = revision;
    this.#set({
      type: 'Progressing',
      status: state.stuck ? 'False' : 'True',
      reason: state.reason,
      message: state.message,
    });
    this.#ready(state, trouble);
  }

  decision(actions: readonly Action[], events: readonly EventDraft[] = []): Decision {
    return { actions, status: this.#status, events: [...events, ...this.#events] };
  }

  #ready(state: RolloutState, trouble: Trouble | undefined): void {
    const wasReady = getCondition(this.#observed.student.status?.conditions, 'Ready')?.status === 'True';
    if (state.available) {
      const message = `${state.replicas} replica(s) answer at ${this.#status.url}`;
      this.#set({ type: 'Ready', status: 'True', reason: state.complete ? 'Available' : 'RollingOut', message });
      if (!wasReady) this.#events.push({ type: 'Normal', reason: 'StudentReady', action: 'Serve', note: message });
    } else {
      this.#set({
        type: 'Ready',
        status: 'False',
        reason: trouble?.reason ?? 'ReplicasUnavailable',
        message: trouble?.message ?? state.message,
      });
    }
    if (state.stuck) this.#set({ type: 'Stalled', status: 'True', reason: state.reason, message: state.message });
    else this.#drop('Stalled');
    if (state.complete || state.stuck) this.#drop('Reconciling');
    else this.#set({ type: 'Reconciling', status: 'True', reason: 'Progressing', message: state.message });
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
