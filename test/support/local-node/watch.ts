import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from './error-text.ts';
import { type ApiClient, isStatus } from './api-client.ts';
import type { KubeObject, Log } from './types.ts';

const retryMs = { first: 100, most: 2_000 };

export interface WatchOptions<T> {
  api: ApiClient;
  path: string;
  query?: Record<string, string>;
  signal: AbortSignal;
  log: Log;
  /** Called with every object listed, added or changed. */
  onChange: (object: T) => void;
  /** Called with the last known state of an object that no longer exists. */
  onGone?: (object: T) => void;
}

interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T & { code?: number };
}

/** The path-like name of an object: `namespace/name`, or `name` where there is no namespace. */
function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata ?? {};
  return namespace ? `${namespace}/${name}` : `${name}`;
}

/**
 * Follows a collection for as long as the signal is not aborted.
 *
 * Guarantees: the map holds what the API server last told; an object that vanished while the connection was down is
 * reported by `onGone` after the next list; a lost connection is resumed where it stopped when the server still can.
 */
export class Watcher<T extends KubeObject> {
  readonly objects = new Map<string, T>();
  readonly #options: WatchOptions<T>;
  #version: string | undefined;

  private constructor(options: WatchOptions<T>) {
    this.#options = options;
  }

  /** Starts watching; resolves once the first list has been delivered. */
  static async start<T extends KubeObject>(options: WatchOptions<T>): Promise<Watcher<T>> {
    const watcher = new Watcher(options);
    await new Promise<void>((synced) => void watcher.#follow(synced));
    return watcher;
  }

  async #follow(synced: () => void): Promise<void> {
    const { signal, log, path } = this.#options;
    let delay = retryMs.first;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list();
        synced();
        await this.#stream();
        delay = retryMs.first;
      } catch (error) {
        if (signal.aborted) break;
        log(`watching ${path}: ${errorText(error)}`);
        await sleep(delay, undefined, { signal }).catch(() => undefined);
        delay = Math.min(delay * 2, retryMs.most);
      }
    }
    synced();
  }

  async #list(): Promise<void> {
    const { api, path, query, onChange, onGone } = this.#options;
    const list = await api.list<T>(path, query);
    const vanished = new Map(this.objects);
    for (const object of list.items) {
      vanished.delete(keyOf(object));
      this.objects.set(keyOf(object), object);
      onChange(object);
    }
    for (const [key, object] of vanished) {
      this.objects.delete(key);
      onGone?.(object);
    }
    this.#version = list.metadata.resourceVersion;
  }

  async #stream(): Promise<void> {
    const { api, path, query, signal } = this.#options;
    const lifetime = String(240 + Math.floor(Math.random() * 60));
    const position = { resourceVersion: this.#version ?? '', timeoutSeconds: lifetime };
    let response;
    try {
      response = await api.watch(path, { ...query, ...position }, signal);
    } catch (error) {
      if (isStatus(error, 410)) this.#version = undefined;
      throw error;
    }
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#handle(JSON.parse(line));
    }
  }

  #handle({ type, object }: WatchEvent<T>): void {
    if (type === 'ERROR') {
      this.#version = undefined; // the server cannot go on from here: list again
      throw new Error(`the server ended the watch with code ${object.code}`);
    }
    this.#version = object.metadata?.resourceVersion;
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') {
      this.objects.delete(keyOf(object));
      this.#options.onGone?.(object);
    } else {
      this.objects.set(keyOf(object), object);
      this.#options.onChange(object);
    }
  }
}
