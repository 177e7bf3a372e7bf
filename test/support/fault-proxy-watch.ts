// Lets the events of a watch through, or keeps them back as if the API server were slow to tell.
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { createInterface } from 'node:readline';

export class WatchGate {
  readonly #held = new Map<string, PromiseWithResolvers<void>>();

  /** From now on no event of this resource gets through; the returned function lets all of them go. */
  hold(resource: string): () => void {
    const closed = Promise.withResolvers<void>();
    this.#held.set(resource, closed);
    return () => {
      this.#held.delete(resource);
      closed.resolve();
    };
  }

  /** Copies whole lines until one of the ends closes. */
  async pass(resource: string, from: Readable, to: Writable): Promise<void> {
    for await (const line of createInterface({ input: from, crlfDelay: Infinity })) {
      await this.#held.get(resource)?.promise;
      if (!to.writable) return;
      if (!to.write(`${line}\n`)) await once(to, 'drain');
    }
  }
}
