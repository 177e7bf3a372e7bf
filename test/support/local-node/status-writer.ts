import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { errorText } from './error-text.ts';
import { isStatus } from './api-client.ts';
import { delayMs, type NodeRuntime } from './runtime.ts';
import type { Pod, PodStatus } from './types.ts';

/** Writes one pod's status whenever it differs from what was written last; a burst of changes becomes one write. */
export class StatusWriter {
  readonly #node: NodeRuntime;
  readonly #pod: Pod;
  readonly #compute: () => PodStatus;
  #written: PodStatus | undefined;
  #dirty = false;
  #writing: Promise<void> | undefined;

  constructor(node: NodeRuntime, pod: Pod, compute: () => PodStatus) {
    this.#node = node;
    this.#pod = pod;
    this.#compute = compute;
  }

  /** What was written last. */
  get written(): PodStatus | undefined {
    return this.#written;
  }

  changed(): void {
    if (this.#node.signal.aborted) return;
    this.#dirty = true;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      if (this.#dirty) this.changed();
    });
  }

  /** Resolves when everything known by now has been written, or cannot be. */
  async flush(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  async #writeAll(): Promise<void> {
    await Promise.resolve(); // let a burst of synchronous changes finish
    for (let attempt = 1; this.#dirty && !this.#node.signal.aborted; ) {
      this.#dirty = false;
      const status = this.#compute();
      if (isDeepStrictEqual(status, this.#written)) continue;
      try {
        await this.#write(status);
        this.#written = status;
        attempt = 1;
      } catch (error) {
        if (isStatus(error, 404, 409)) return; // the pod is gone, or another one has its name
        this.#node.log(`writing the status of ${this.#pod.metadata?.name}: ${errorText(error)}`);
        this.#dirty = true;
        await sleep(delayMs({ firstMs: 100, mostMs: 2_000 }, attempt++));
      }
    }
  }

  async #write(status: PodStatus): Promise<void> {
    const { namespace, name, uid } = this.#pod.metadata ?? {};
    // A strategic merge goes by `type` and by `ip`: what is no longer there has to be said.
    const conditions = status.conditions?.map((condition) => ({ reason: null, message: null, ...condition }));
    const replacing = <T>(list: readonly T[] = []) => [{ $patch: 'replace' }, ...list];
    const body = { ...status, conditions, podIPs: replacing(status.podIPs), hostIPs: replacing(status.hostIPs) };
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
    await this.#node.api.patch(path, { metadata: { uid }, status: body }, 'strategic-merge');
  }
}
