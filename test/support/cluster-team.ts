// One namespace of a test, and what a team sees and does in it.
import { randomBytes } from 'node:crypto';
import type { Condition } from '../../src/api/condition-list.ts';
import type { Job, Pod } from '../../src/api/core.ts';
import type { DistillationJob } from '../../src/api/v1alpha1/distillation-job.gen.ts';
import type { StudentDeployment } from '../../src/api/v1alpha1/student-deployment.gen.ts';
import * as resources from '../../src/controllers/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { namespaced } from '../../src/kube/resources.ts';
import type { KubeObject, Resource, Stored } from '../../src/kube/types.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { eventually } from './eventually.ts';

interface Event extends KubeObject {
  readonly reason?: string;
  readonly type?: string;
  readonly note?: string;
  readonly regarding?: { readonly kind?: string; readonly name?: string };
}

const events: Resource<Event> = namespaced('events.k8s.io/v1', 'events', 'Event');

type Kubectl = Pick<ControlPlane, 'kubectl'>;

export class Team {
  readonly namespace: string;
  readonly #client: KubeClient;
  readonly #kubectl: Kubectl;

  private constructor(namespace: string, client: KubeClient, kubectl: Kubectl) {
    this.namespace = namespace;
    this.#client = client;
    this.#kubectl = kubectl;
  }

  /** A fresh namespace in which pods can be created. */
  static async create(client: KubeClient, kubectl: Kubectl): Promise<Team> {
    const name = `t-${randomBytes(4).toString('hex')}`;
    await client.raw('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
    await eventually(`ServiceAccount ${name}/default`, () => client.raw('GET', account));
    return new Team(name, client, kubectl);
  }

  /** Without waiting for its end. */
  async disband(): Promise<void> {
    await this.#client.raw('DELETE', `/api/v1/namespaces/${this.namespace}`);
  }

  async kubectl(...args: string[]): Promise<string> {
    return (await this.#kubectl.kubectl(['--namespace', this.namespace, ...args])).trim();
  }

  /** Server-side apply, under the name of a person. */
  async apply(...objects: object[]): Promise<void> {
    for (const object of objects as (KubeObject & { kind: string })[]) {
      const resource = applied[object.kind];
      if (resource === undefined) throw new Error(`applying ${object.kind}: teams do not apply these`);
      const metadata = { ...object.metadata, namespace: this.namespace };
      await this.#client.apply(resource, { ...object, metadata }, { fieldManager: 'team', force: true });
    }
  }

  async patch<T extends KubeObject>(resource: Resource<T>, name: string, body: object): Promise<void> {
    await this.#client.patch(resource, { namespace: this.namespace, name }, { type: 'merge', body });
  }

  async list<T extends KubeObject>(resource: Resource<T>): Promise<Stored<T>[]> {
    return (await this.#client.list(resource, { namespace: this.namespace })).items;
  }

  async get<T extends KubeObject>(resource: Resource<T>, name: string): Promise<Stored<T>> {
    return await this.#client.get(resource, { namespace: this.namespace, name });
  }

  job = (name = 'tiles'): Promise<Stored<DistillationJob>> => this.get(resources.distillationJobs, name);
  student = (name = 'tiles'): Promise<Stored<StudentDeployment>> => this.get(resources.studentDeployments, name);
  stageJobs = (): Promise<Stored<Job>[]> => this.list(resources.jobs);
  pods = (): Promise<Stored<Pod>[]> => this.list(resources.pods);

  /** `TYPE reason` of the events about an object, in the order of their names, which begin with the object's. */
  async eventReasons(kind: string, name: string): Promise<string[]> {
    const all = await this.list(events);
    return all
      .filter(({ regarding }) => regarding?.kind === kind && regarding.name === name)
      .map(({ reason = '' }) => reason);
  }

  /** Waits for a condition of the job to read like this. */
  async jobCondition(type: string, want: Partial<Condition>, options: Waiting = {}): Promise<Condition> {
    return await this.#condition(() => this.job(options.name), { type, want, ...options });
  }

  async studentCondition(type: string, want: Partial<Condition>, options: Waiting = {}): Promise<Condition> {
    return await this.#condition(() => this.student(options.name), { type, want, ...options });
  }

  async eventually<T>(what: string, look: () => Promise<T | undefined | false>, withinMs?: number): Promise<T> {
    return await eventually(what, look, { withinMs: withinMs ?? 60_000, show: () => this.describe() });
  }

  async #condition(
    read: () => Promise<{ status?: { conditions?: readonly Condition[] } }>,
    { type, want, withinMs }: Waiting & { type: string; want: Partial<Condition> },
  ): Promise<Condition> {
    const what = `${type} ${JSON.stringify(want)}`;
    return await this.eventually(
      what,
      async () => {
        const found = (await read()).status?.conditions?.find((condition) => condition.type === type);
        return (
          found !== undefined &&
          Object.entries(want).every(([key, value]) => found[key as keyof Condition] === value) &&
          found
        );
      },
      withinMs,
    );
  }

  /** For whoever reads a failed test: the statuses, the events, the pods. */
  async describe(): Promise<string> {
    const show = (value: unknown): string => JSON.stringify(value, undefined, 1);
    const owners = [
      ...(await this.list(resources.distillationJobs)),
      ...(await this.list(resources.studentDeployments)),
    ];
    const pods = (await this.pods()).map(({ metadata, status }) => [
      metadata.name,
      status?.phase,
      status?.containerStatuses,
    ]);
    const told = (await this.list(events)).map(
      ({ regarding, reason, note }) => `${regarding?.name}: ${reason}: ${note}`,
    );
    return [
      ...owners.map(({ kind, metadata, status }) => show([kind, metadata.name, status])),
      show(pods),
      ...told,
    ].join('\n');
  }
}

interface Waiting {
  /** `tiles` when left out. */
  readonly name?: string;
  readonly withinMs?: number;
}

const applied: Readonly<Record<string, Resource<KubeObject>>> = Object.fromEntries(
  [
    resources.distillationJobs,
    resources.distillationQuotas,
    resources.studentDeployments,
    resources.claims,
    resources.deployments,
    resources.resourceQuotas,
    namespaced('v1', 'configmaps', 'ConfigMap'),
    namespaced('v1', 'secrets', 'Secret'),
  ].map((resource) => [resource.kind, resource]),
);
