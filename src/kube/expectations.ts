import { type Clock, systemClock } from './clock.ts';
import type { Store } from './store.ts';
import { formatKey, type KubeObject, keyOf, type ObjectKey, type Stored } from './types.ts';

/** What we did and the watch has not shown yet. */
interface Pending {
  readonly seen: () => boolean;
  readonly expires: number;
}

export interface ExpectationsOptions {
  /** After this the cache is believed again, whatever it shows. */
  readonly timeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Remembers our own creations and deletions until the cache shows them, so that a reconcile never acts twice on a state
 * that is older than its own writes.
 *
 *     const created = await client.create(jobs, draft);
 *     expectations.created(owner, store, created);
 *     ...
 *     if (!expectations.satisfied(owner)) return requeueAfter(expectations.retryMs(owner));
 *
 * # Guarantees
 * - A change that the watch showed before we recorded it counts as seen.
 * - Nothing is remembered longer than the timeout.
 *
 * # Caveats
 * - An object that was created and deleted before the cache showed it blocks its owner until the timeout.
 * - It lives in memory: after a restart the store is synced anew, which includes all earlier writes.
 */
export class Expectations {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #pending = new Map<string, Pending[]>();

  constructor(options: ExpectationsOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /** We created this object for the owner. */
  created<T extends KubeObject>(owner: ObjectKey, store: Store<T>, object: Stored<T>): void {
    const key = keyOf(object);
    this.#expect(owner, () => store.get(key)?.metadata.uid === object.metadata.uid);
  }

  /** We deleted this object of the owner. It is seen as gone, or as being deleted, or replaced by another. */
  deleted<T extends KubeObject>(owner: ObjectKey, store: Store<T>, object: Stored<T>): void {
    const key = keyOf(object);
    this.#expect(owner, () => {
      const present = store.get(key);
      return present?.metadata.uid !== object.metadata.uid || present.metadata.deletionTimestamp !== undefined;
    });
  }

  /** Whether the cache shows all that we did for this owner. */
  satisfied(owner: ObjectKey): boolean {
    return this.#open(owner).length === 0;
  }

  /** For how long the owner may still have to wait, in milliseconds. */
  retryMs(owner: ObjectKey): number {
    const last = Math.max(0, ...this.#open(owner).map((pending) => pending.expires));
    return Math.max(0, last - this.#clock.monotonic());
  }

  /** The owner is gone. */
  forget(owner: ObjectKey): void {
    this.#pending.delete(formatKey(owner));
  }

  #expect(owner: ObjectKey, seen: () => boolean): void {
    const pending = { seen, expires: this.#clock.monotonic() + this.#timeoutMs };
    this.#pending.set(formatKey(owner), [...this.#open(owner), pending]);
  }

  #open(owner: ObjectKey): Pending[] {
    const id = formatKey(owner);
    const now = this.#clock.monotonic();
    const open = (this.#pending.get(id) ?? []).filter((pending) => pending.expires > now && !pending.seen());
    if (open.length > 0) this.#pending.set(id, open);
    else this.#pending.delete(id);
    return open;
  }
}
