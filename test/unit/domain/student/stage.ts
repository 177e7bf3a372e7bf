import assert from 'node:assert/strict';
import type { ControllerRevision, Deployment, Pod, ResourceClaimTemplate, Service } from '../../../../src/api/core.ts';
import type { DistillationJob } from '../../../../src/api/v1alpha1/distillation-job.gen.ts';
import type { StudentDeployment } from '../../../../src/api/v1alpha1/student-deployment.gen.ts';
import { decide } from '../../../../src/domain/student/decide.ts';
import type { Action, Decision } from '../../../../src/domain/student/decision.ts';
import { shippedCatalogue } from '../../../../src/data/catalogue.ts';
import type { Observed } from '../../../../src/domain/student/observed.ts';
import { startOfTime } from '../../../support/builders/job.ts';
import { merge } from '../../../support/builders/merge.ts';
import { aPool } from '../../../support/builders/pool.ts';
import { acceptedStudent, aStudentDeployment } from '../../../support/builders/student.ts';

const usual = { servingImage: 'vllm:test', podUserId: 1000, networkPolicy: true, catalogue: shippedCatalogue };

type ScalingAction = Extract<Action, { readonly type: `${string}-autoscaler` | `${string}-scaled-object` }>;

function isScaling(action: Action): action is ScalingAction {
  return /-(autoscaler|scaled-object)$/.test(action.type);
}

type RoutingAction = Extract<Action, { readonly type: `${string}-http-route` | `${string}-inference-pool` }>;

function isRouting(action: Action): action is RoutingAction {
  return /-(http-route|inference-pool)$/.test(action.type);
}

/** The view of one StudentDeployment, with what it owns as the last decision left it. */
export class Stage {
  student: StudentDeployment;
  source: DistillationJob | undefined;
  deployment: Deployment | undefined;
  canary: Deployment | undefined;
  service: Observed['service'];
  trackServices: Observed['trackServices'] = { stable: undefined, canary: undefined };
  revisions: ControllerRevision[] = [];
  claimTemplates = new Map<string, ResourceClaimTemplate>();
  disruptionBudget: Observed['disruptionBudget'];
  networkPolicy: Observed['networkPolicy'];
  httpRoute: Observed['httpRoute'] = { served: false, object: undefined };
  inferencePool: Observed['inferencePool'] = { served: false, object: undefined };
  scalers: Observed['scalers'] = { autoscalers: [], scaledObject: undefined, keda: false, prometheusUrl: '' };
  load: Observed['load'];
  pods: Pod[] = [];
  pools = [aPool().build()];
  calibration: Observed['calibration'] = [];
  applied = 0;
  now = startOfTime;
  settings = usual;
  readonly events: string[] = [];

  constructor(student: StudentDeployment) {
    this.student = student;
  }

  get status() {
    return this.student.status ?? {};
  }

  look(): Decision {
    const { student, source, deployment, canary, service, trackServices, revisions, pods, pools } = this;
    const { disruptionBudget, networkPolicy, httpRoute, inferencePool, scalers, load, calibration } = this;
    const guards = { disruptionBudget, networkPolicy, httpRoute, inferencePool, scalers, load };
    const claimTemplates = new Set(this.claimTemplates.keys());
    const own = { deployment, canary, service, trackServices, revisions, claimTemplates };
    return decide({ student, source, ...own, ...guards, pods, pools, calibration }, this.settings, this.now);
  }

  /** Looks and carries out until nothing changes; a look that changes nothing must come. */
  settle(): this {
    for (let looks = 0; looks < 6; looks += 1) {
      const { actions, status, events } = this.look();
      if (actions.length === 0 && JSON.stringify(status) === JSON.stringify(this.status)) return this;
      for (const action of actions) {
        this.applied += 1;
        this.#carryOut(action);
      }
      this.events.push(...events.map(({ reason }) => reason));
      this.student = acceptedStudent({ ...this.student, status: JSON.parse(JSON.stringify(status)) });
    }
    throw new Error(`no rest: ${JSON.stringify(this.status.conditions)}`);
  }

  #carryOut(action: Action): void {
    if (isScaling(action)) return this.#carryOutScaling(action);
    if (isRouting(action)) return this.#carryOutRouting(action);
    switch (action.type) {
      case 'apply-claim-template':
        this.claimTemplates.set(action.template.metadata.name, action.template);
        return;
      case 'apply-service':
        this.#applyService(action.service);
        return;
      case 'apply-deployment':
        this.#applyDeployment(action.deployment);
        return;
      case 'delete-deployment':
        this[this.#trackOf(action.name)] = undefined;
        return;
      case 'apply-revision': {
        const { metadata } = action.revision;
        const others = this.revisions.filter((kept) => kept.metadata.name !== metadata.name);
        this.revisions = [...others, { ...action.revision, metadata: { ...metadata, uid: metadata.name } }];
        return;
      }
      case 'delete-revision':
        this.revisions = this.revisions.filter(({ metadata }) => metadata.uid !== action.uid);
        return;
      case 'apply-disruption-budget':
        this.disruptionBudget = action.budget;
        return;
      case 'delete-disruption-budget':
        this.disruptionBudget = undefined;
        return;
      case 'apply-network-policy':
        this.networkPolicy = action.policy;
        return;
      case 'delete-network-policy':
        this.networkPolicy = undefined;
        return;
    }
  }

  #carryOutRouting(action: RoutingAction): void {
    switch (action.type) {
      case 'apply-http-route':
        this.httpRoute = { served: true, object: { ...this.httpRoute.object, ...action.route } };
        return;
      case 'delete-http-route':
        this.httpRoute = { served: true, object: undefined };
        return;
      case 'apply-inference-pool':
        this.inferencePool = { served: true, object: action.pool };
        return;
      case 'delete-inference-pool':
        this.inferencePool = { served: true, object: undefined };
        return;
    }
  }

  #carryOutScaling(action: ScalingAction): void {
    switch (action.type) {
      case 'apply-autoscaler': {
        const { metadata } = action.autoscaler;
        const others = this.scalers.autoscalers.filter(({ metadata: { name } }) => name !== metadata.name);
        const stored = { ...action.autoscaler, metadata: { ...metadata, uid: 'hpa' } };
        this.scalers = { ...this.scalers, autoscalers: [...others, stored] };
        return;
      }
      case 'delete-autoscaler': {
        const autoscalers = this.scalers.autoscalers.filter(({ metadata }) => metadata.uid !== action.uid);
        this.scalers = { ...this.scalers, autoscalers };
        return;
      }
      case 'apply-scaled-object': {
        const { metadata } = action.scaledObject;
        this.scalers = {
          ...this.scalers,
          scaledObject: { ...action.scaledObject, metadata: { ...metadata, uid: 'so' } },
        };
        return;
      }
      case 'delete-scaled-object':
        this.scalers = { ...this.scalers, scaledObject: undefined };
        return;
    }
  }

  #applyService(service: Service): void {
    const { name } = service.metadata;
    if (name === this.student.metadata.name) this.service = service;
    else this.trackServices = { ...this.trackServices, [name.endsWith('-canary') ? 'canary' : 'stable']: service };
  }

  #trackOf(name: string): 'deployment' | 'canary' {
    return name === this.student.metadata.name ? 'deployment' : 'canary';
  }

  #applyDeployment(deployment: Deployment): void {
    const track = this.#trackOf(deployment.metadata.name);
    this[track] = {
      ...merge({ ...this[track], metadata: { name: '' } } as Deployment, deployment),
      metadata: { ...deployment.metadata, generation: this.applied },
    };
  }

  /** The Deployment controller has got so far. */
  rolledOut(counts: NonNullable<Deployment['status']>): this {
    assert.ok(this.deployment);
    this.deployment = {
      ...this.deployment,
      status: { observedGeneration: this.deployment.metadata.generation ?? 0, ...counts },
    };
    return this.settle();
  }

  /** All replicas that the Deployments ask for answer. */
  answered(): this {
    for (const track of ['deployment', 'canary'] as const) {
      const present = this[track];
      if (present === undefined) continue;
      const status = { observedGeneration: present.metadata.generation ?? 0, ...whole(present.spec.replicas ?? 0) };
      this[track] = { ...present, status };
    }
    return this.settle();
  }

  condition(type: string): string {
    const found = this.status.conditions?.find((condition) => condition.type === type);
    return found === undefined ? 'absent' : `${found.status} ${found.reason}`;
  }
}

export const stage = (spec: Parameters<ReturnType<typeof aStudentDeployment>['spec']>[0] = {}) =>
  new Stage(aStudentDeployment().spec(spec).build());
export const whole = (n: number) => ({ replicas: n, updatedReplicas: n, readyReplicas: n, availableReplicas: n });
export const ofJob = { model: { uri: undefined, distillationJobRef: { name: 'tiles' } } };
