import { rm } from 'node:fs/promises';
import { deletePod, podDirectory, PodWorker } from './pod-worker.ts';
import type { NodeRuntime } from './runtime.ts';
import type { Pod } from './types.ts';
import { Watcher } from './watch.ts';

/** Gives every pod that is bound to one of our nodes a worker, for as long as the pod exists. */
export class PodManager {
  readonly #node: NodeRuntime;
  readonly #isOurs: (nodeName: string) => boolean;
  readonly #workers = new Map<string, PodWorker>();
  #watcher: Watcher<Pod> | undefined;

  constructor(node: NodeRuntime, isOurs: (nodeName: string) => boolean) {
    this.#node = node;
    this.#isOurs = isOurs;
  }

  async start(): Promise<void> {
    const { api, signal, log } = this.#node;
    this.#watcher = await Watcher.start<Pod>({
      api,
      signal,
      log,
      path: '/api/v1/pods',
      query: { fieldSelector: 'spec.nodeName!=' },
      onChange: (pod) => this.#changed(pod),
      onGone: (pod) => void this.#forget(pod),
    });
  }

  /** Every pod on our nodes. */
  pods(): Pod[] {
    return [...(this.#watcher?.objects.values() ?? [])].filter((pod) => this.#isOurs(pod.spec?.nodeName ?? ''));
  }

  find(namespace: string, name: string): Pod | undefined {
    return this.#watcher?.objects.get(`${namespace}/${name}`);
  }

  #changed(pod: Pod): void {
    const uid = pod.metadata?.uid ?? '';
    const worker = this.#workers.get(uid);
    if (worker) worker.update(pod);
    else if (this.#isOurs(pod.spec?.nodeName ?? '')) this.#adopt(uid, pod);
  }

  #adopt(uid: string, pod: Pod): void {
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') {
      if (pod.metadata?.deletionTimestamp) void deletePod(pod, this.#node);
      return;
    }
    this.#workers.set(uid, new PodWorker(pod, this.#node));
  }

  /** Only now, not when its containers have ended: an event on its way could make the pod look unfinished again. */
  async #forget(pod: Pod): Promise<void> {
    const uid = pod.metadata?.uid ?? '';
    await this.#workers.get(uid)?.vanished();
    this.#workers.delete(uid);
    await rm(podDirectory(pod, this.#node), { recursive: true, force: true });
  }
}
