// Watches quotas and pods from beside the operators, and holds every revision of them against the caps.
import assert from 'node:assert/strict';
import type { Pod } from '../../src/api/core.ts';
import { jobLabel } from '../../src/api/labels.ts';
import type { DistillationQuota } from '../../src/api/v1alpha1/distillation-quota.gen.ts';
import { distillationQuotas, pods } from '../../src/controllers/resources.ts';
import { gpusOfPod } from '../../src/domain/planning/pod-claims.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject, Resource, Stored } from '../../src/kube/types.ts';

interface Bill {
  readonly seconds: number;
  readonly gpus: number;
}

export class QuotaWitness {
  readonly #client: KubeClient;
  readonly #namespaces: ReadonlySet<string>;
  readonly #stop = new AbortController();
  readonly #watches: Promise<void>[] = [];
  readonly #caps = new Map<string, DistillationQuota['spec']['limits']>();
  readonly #live = new Map<string, Stored<Pod>>();
  /** By pod, as it last was. */
  readonly #bills = new Map<string, Bill & { readonly namespace: string }>();
  readonly violations: string[] = [];
  ledgerRevisions = 0;
  podRevisions = 0;

  constructor(client: KubeClient, namespaces: readonly string[]) {
    this.#client = client;
    this.#namespaces = new Set(namespaces);
  }

  /** From here on nothing in the namespaces goes unseen. */
  async start(): Promise<void> {
    await this.#follow(distillationQuotas, (quota) => this.#sawQuota(quota));
    await this.#follow(pods, (pod, gone) => this.#sawPod(pod, gone));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#watches);
  }

  /** GPU-seconds of a namespace, from the pods' own records, and whole seconds of each pod. */
  gpuSecondsOf(namespace: string): number {
    return [...this.#bills.values()]
      .filter((bill) => bill.namespace === namespace)
      .reduce((sum, { seconds, gpus }) => sum + seconds * gpus, 0);
  }

  /** In the currency of the price, from the same records; a pod without a GPU holds half a node. */
  costOf(namespace: string, perNodeHour: number): number {
    return [...this.#bills.values()]
      .filter((bill) => bill.namespace === namespace)
      .reduce((sum, { seconds, gpus }) => sum + (seconds / 3600) * perNodeHour * (gpus === 0 ? 0.5 : gpus / 8), 0);
  }

  async #follow<T extends KubeObject>(
    resource: Resource<T>,
    saw: (object: Stored<T>, gone: boolean) => void,
  ): Promise<void> {
    const { items, resourceVersion } = await this.#client.list(resource);
    for (const item of items.filter((object) => this.#isOurs(object))) saw(item, false);
    const events = await this.#client.watch(resource, { resourceVersion }, this.#stop.signal);
    const read = async (): Promise<void> => {
      for await (const event of events) {
        if (event.type === 'ERROR' || event.type === 'BOOKMARK' || !this.#isOurs(event.object)) continue;
        saw(event.object, event.type === 'DELETED');
      }
    };
    this.#watches.push(
      read().catch((error: unknown) => {
        if (!this.#stop.signal.aborted) this.violations.push(`the witness lost ${resource.plural}: ${String(error)}`);
      }),
    );
  }

  #isOurs({ metadata }: KubeObject): boolean {
    return this.#namespaces.has(metadata.namespace ?? '');
  }

  #sawQuota({ metadata, spec, status }: Stored<DistillationQuota>): void {
    this.ledgerRevisions += 1;
    this.#caps.set(metadata.namespace, spec.limits);
    const { spent, reserved } = status ?? {};
    const cost = Number(spent?.cost ?? 0) + Number(reserved?.cost ?? 0);
    const hours = ((spent?.gpuSeconds ?? 0) + (reserved?.gpuSeconds ?? 0)) / 3600;
    const { limits } = spec;
    this.#check(metadata.namespace, 'money in the ledger', cost, Number(limits.cost) + 1e-9);
    this.#check(metadata.namespace, 'GPU-hours in the ledger', hours, Number(limits.gpuHours));
    this.#check(metadata.namespace, 'GPUs in the ledger', reserved?.gpus ?? 0, limits.gpus);
    this.#check(metadata.namespace, 'jobs in the ledger', reserved?.jobs ?? 0, limits.jobs);
  }

  #sawPod(pod: Stored<Pod>, gone: boolean): void {
    this.podRevisions += 1;
    const uid = pod.metadata.uid ?? '';
    const namespace = pod.metadata.namespace ?? '';
    const ended = gone || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    if (ended) this.#live.delete(uid);
    else this.#live.set(uid, pod);
    const seconds = secondsOf(pod);
    if (seconds !== undefined) this.#bills.set(uid, { namespace, seconds, gpus: gpusOfPod(pod) });
    const live = [...this.#live.values()].filter(({ metadata }) => metadata.namespace === namespace);
    const limits = this.#caps.get(namespace);
    const jobs = new Set(live.map(({ metadata }) => metadata.labels?.[jobLabel]));
    this.#check(
      namespace,
      'GPUs of pods',
      live.reduce((sum, each) => sum + gpusOfPod(each), 0),
      limits?.gpus,
    );
    this.#check(namespace, 'jobs with pods', jobs.size, limits?.jobs);
  }

  #check(namespace: string, what: string, value: number, cap: number | undefined): void {
    if (cap !== undefined && value > cap) this.violations.push(`${namespace}: ${what}: ${value} of ${cap}`);
  }
}

/** From the kubelet's own times; undefined while it runs. */
function secondsOf({ status }: Pod): number | undefined {
  const end = status?.containerStatuses?.[0]?.state?.terminated?.finishedAt;
  if (status?.startTime === undefined || end === undefined) return undefined;
  const seconds = (Date.parse(end) - Date.parse(status.startTime)) / 1000;
  assert.ok(seconds >= 0, `a pod ended ${-seconds} s before it began`);
  return seconds;
}
