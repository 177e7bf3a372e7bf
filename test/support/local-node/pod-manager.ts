import { PodWorker, deletePod } from './pod-worker.ts';
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
      onGone: (pod) => this.#workers.get(pod.metadata?.uid ?? '')?.vanished(),
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
    const worker = new PodWorker(pod, this.#node);
    this.#workers.set(uid, worker);
    void worker.done.then(() => this.#workers.delete(uid));
  }
}
