import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from './error-text.ts';
import { isStatus } from './api-client.ts';
import { podFacts } from './container-launch.ts';
import { type ContainerRecord, recordsOf, terminated } from './container-record.ts';
import { ContainerSupervisor } from './container-supervisor.ts';
import { toPublished } from './pod-address.ts';
import { delayMs, hostIP, type NodeRuntime, type PodRuntime } from './runtime.ts';
import { podStatus, type StatusInput } from './status.ts';
import { StatusWriter } from './status-writer.ts';
import type { Pod } from './types.ts';
import { MissingSource, TokenCache } from './volume-files.ts';
import { PodVolumes } from './volumes.ts';

const retryDelete = { firstMs: 100, mostMs: 2_000 };
const defaultGraceSeconds = 30;

/**
 * The life of one pod on the local node.
 *
 *   mount volumes -> init containers, one after another -> main containers -> sidecars stopped -> finished
 *
 * A deletion, a deadline or the pod's disappearance cuts it short: everything is stopped, and the same end follows.
 */
export class PodWorker {
  readonly done: Promise<void>;
  readonly #node: NodeRuntime;
  readonly #records: ContainerRecord[];
  readonly #supervisors: ContainerSupervisor[];
  readonly #volumes: PodVolumes;
  readonly #writer: StatusWriter;
  readonly #address: string;
  readonly #startTime: string;
  readonly #stopping = new AbortController();
  /** Aborted when this pod, or the whole local node, is to end. */
  readonly #over: AbortSignal;
  #pod: Pod;
  #finished = false;
  #ending: StatusInput['ending'];
  #stopped: Promise<void> | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(pod: Pod, node: NodeRuntime) {
    const now = new Date().toISOString();
    this.#pod = pod;
    this.#node = node;
    this.#over = AbortSignal.any([this.#stopping.signal, node.signal]);
    this.#address = node.addresses.allocate();
    this.#startTime = pod.status?.startTime ?? now;
    this.#records = recordsOf(pod, now);
    const directory = podDirectory(pod, node);
    const tokens = new TokenCache();
    const facts = { node, pod: () => this.#pod, address: this.#address };
    this.#volumes = new PodVolumes(join(directory, 'volumes'), () => ({
      api: node.api,
      pod: this.#pod,
      facts: podFacts(facts),
      tokens,
    }));
    this.#writer = new StatusWriter(node, pod, () => this.#status());
    const runtime: PodRuntime = { ...facts, directory, volumes: this.#volumes, changed: () => this.#writer.changed() };
    this.#supervisors = this.#records.map((record) => new ContainerSupervisor(record, runtime));
    this.done = this.#live().catch((error: unknown) =>
      node.log(`running pod ${pod.metadata?.name}: ${errorText(error)}`),
    );
    this.update(pod);
  }

  /** Takes note of a new version of the pod. */
  update(pod: Pod): void {
    this.#pod = pod;
    if (pod.metadata?.deletionTimestamp) {
      this.#ending ??= {};
      this.#stop(pod.metadata.deletionGracePeriodSeconds ?? defaultGraceSeconds);
    } else {
      this.#watchDeadline();
    }
    this.#writer.changed();
    if (this.#finished) void this.#finishDeletion();
  }

  /** The pod no longer exists: resolves when nothing of it runs any more. */
  async vanished(): Promise<void> {
    this.#ending ??= {};
    this.#stop(0);
    await this.done;
  }

  async #live(): Promise<void> {
    const refresh = new AbortController();
    try {
      await this.#mount();
      void this.#refreshVolumes(refresh.signal);
      if (await this.#runInit()) await Promise.all(this.#ofRole('main').map((supervisor) => supervisor.run()));
      await this.#stopSidecars();
      await this.#stopped;
    } finally {
      refresh.abort();
      clearTimeout(this.#deadline);
    }
    if (this.#node.signal.aborted) return;
    this.#writer.changed();
    await this.#writer.flush();
    this.#node.addresses.release(this.#address);
    this.#finished = true;
    await this.#finishDeletion();
  }

  /** Tells the API server that the pod's processes are gone, and with them its last reason to exist. */
  async #finishDeletion(): Promise<void> {
    if (this.#pod.metadata?.deletionTimestamp) await deletePod(this.#pod, this.#node);
  }

  async #mount(): Promise<void> {
    for (let attempt = 1; !this.#over.aborted; attempt++) {
      try {
        return await this.#volumes.mount();
      } catch (error) {
        const message = errorText(error);
        this.#node.events.record(this.#pod, { reason: 'FailedMount', message, type: 'Warning' });
        await this.#pause(delayMs(this.#node.backoff, Math.min(attempt, 3)));
      }
    }
  }

  async #refreshVolumes(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.#node.refreshMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      await this.#volumes.mount().catch((error: unknown) => {
        if (!(error instanceof MissingSource))
          this.#node.log(`refreshing volumes of ${this.#pod.metadata?.name}: ${errorText(error)}`);
      });
    }
  }

  /** True when the main containers may start. */
  async #runInit(): Promise<boolean> {
    for (const supervisor of this.#supervisors) {
      if (this.#over.aborted) return false;
      if (supervisor.record.role === 'main') break;
      if (supervisor.record.role === 'sidecar') {
        void supervisor.run();
        await supervisor.started;
        continue;
      }
      await supervisor.run();
      if (terminated(supervisor.record)?.exitCode !== 0) return false;
    }
    for (const { record } of this.#ofRole('main')) {
      if ('waiting' in record.state) record.state = { waiting: { reason: 'ContainerCreating' } };
    }
    return !this.#over.aborted;
  }

  #ofRole(role: ContainerRecord['role']): ContainerSupervisor[] {
    return this.#supervisors.filter(({ record }) => record.role === role);
  }

  #stop(graceSeconds: number): void {
    this.#stopping.abort();
    const stopping = this.#stopAll(graceSeconds);
    this.#stopped ??= stopping;
  }

  async #stopAll(graceSeconds: number): Promise<void> {
    const deadline = Date.now() + graceSeconds * 1000;
    const others = this.#supervisors.filter(({ record }) => record.role !== 'sidecar');
    await Promise.all(others.map((supervisor) => supervisor.stop(graceSeconds)));
    await this.#stopSidecars(Math.max(0, deadline - Date.now()) / 1000);
  }

  /** In the reverse of the order in which they started: an earlier one may serve a later one. */
  async #stopSidecars(
    graceSeconds = this.#pod.spec?.terminationGracePeriodSeconds ?? defaultGraceSeconds,
  ): Promise<void> {
    for (const sidecar of this.#ofRole('sidecar').toReversed()) await sidecar.stop(graceSeconds);
  }

  #watchDeadline(): void {
    const seconds = this.#pod.spec?.activeDeadlineSeconds;
    clearTimeout(this.#deadline);
    if (seconds === undefined || this.#over.aborted) return;
    const left = Date.parse(this.#startTime) + seconds * 1000 - Date.now();
    this.#deadline = setTimeout(() => this.#passDeadline(), Math.max(0, left));
  }

  #passDeadline(): void {
    this.#ending = {
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    };
    this.#stop(this.#pod.spec?.terminationGracePeriodSeconds ?? defaultGraceSeconds);
  }

  #status(): ReturnType<typeof podStatus> {
    return podStatus({
      pod: this.#pod,
      records: this.#records,
      conditions: this.#writer.written?.conditions ?? this.#pod.status?.conditions ?? [],
      podIP: toPublished(this.#address),
      hostIP,
      startTime: this.#startTime,
      now: new Date().toISOString(),
      ending: this.#ending,
    });
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#over }).catch(() => undefined);
  }
}

/** Where everything lies that goes with the pod. */
export function podDirectory(pod: Pod, { dataDir }: NodeRuntime): string {
  return join(dataDir, 'pods', pod.metadata?.uid ?? '');
}

/** Deletes a pod that has ended, unless another pod has taken its name. */
export async function deletePod(pod: Pod, node: NodeRuntime): Promise<void> {
  const { namespace, name, uid } = pod.metadata ?? {};
  for (let attempt = 1; !node.signal.aborted; attempt++) {
    try {
      await node.api.delete(`/api/v1/namespaces/${namespace}/pods/${name}`, {
        gracePeriodSeconds: 0,
        preconditions: { uid },
      });
      return;
    } catch (error) {
      if (isStatus(error, 404, 409)) return;
      node.log(`deleting pod ${name}: ${errorText(error)}`);
      await sleep(delayMs(retryDelete, attempt));
    }
  }
}
