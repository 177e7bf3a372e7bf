import type { ApiClient } from './api-client.ts';
import type { Log, Pod } from './types.ts';

export interface PodEvent {
  reason: string;
  message: string;
  type?: 'Normal' | 'Warning';
  container?: string;
}

/** Records what happens to pods, as `kubectl describe` shows it; one that cannot be written is dropped. */
export class EventRecorder {
  readonly #api: ApiClient;
  readonly #log: Log;
  readonly #recent = new Map<string, number>();

  constructor(api: ApiClient, log: Log) {
    this.#api = api;
    this.#log = log;
  }

  record(pod: Pod, { reason, message, type = 'Normal', container }: PodEvent): void {
    const { namespace, name, uid } = pod.metadata ?? {};
    this.#log(`${namespace}/${name}: ${reason}: ${message}`);
    if (this.#isRepeated(`${uid} ${reason} ${message}`)) return;
    const now = new Date().toISOString();
    const place = container ? { fieldPath: `spec.containers{${container}}` } : {};
    const event = {
      metadata: { generateName: `${name?.slice(0, 200)}-`, namespace },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid, ...place },
      source: { component: 'local-node', host: pod.spec?.nodeName },
      reason,
      message: message.slice(0, 1000),
      type,
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
    this.#api.create(`/api/v1/namespaces/${namespace}/events`, event).catch(() => undefined);
  }

  #isRepeated(what: string): boolean {
    const now = Date.now();
    for (const [key, at] of this.#recent) {
      if (now - at < 60_000) break; // in order of time
      this.#recent.delete(key);
    }
    if (this.#recent.has(what)) return true;
    this.#recent.set(what, now);
    return false;
  }
}
