import { TokenBucket } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';
import { Fifo } from './fifo.ts';
import { noMetrics, type QueueMetrics } from './metrics.ts';

/** Decides how long a key waits after a failure. */
export interface RateLimiter {
  /** Counts a failure of the key; the delay before the next try in milliseconds. */
  when(key: string): number;
  forget(key: string): void;
  failures(key: string): number;
}

const FIRST_DELAY_MS = 5;
const LONGEST_DELAY_MS = 1_000_000;
const RETRIES_PER_SECOND = 10;
const RETRY_BURST = 100;

/** client-go's default: per key 5 ms doubling to 1,000 s, and ten retries a second over all keys after a burst of 100. */
export class DefaultRateLimiter implements RateLimiter {
  readonly #failures = new Map<string, number>();
  readonly #bucket: TokenBucket;

  constructor(clock: Clock) {
    this.#bucket = new TokenBucket(RETRIES_PER_SECOND, RETRY_BURST, clock);
  }

  when(key: string): number {
    const failures = this.failures(key);
    this.#failures.set(key, failures + 1);
    return Math.max(Math.min(FIRST_DELAY_MS * 2 ** failures, LONGEST_DELAY_MS), this.#bucket.reserve());
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }
}

export interface WorkQueueOptions {
  readonly name: string;
  readonly clock?: Clock | undefined;
  readonly limiter?: RateLimiter | undefined;
  readonly metrics?: QueueMetrics | undefined;
}

interface Delayed {
  readonly readyAt: number;
  readonly cancel: AbortController;
}

/**
 * A queue of keys for several workers.
 *
 * # Guarantees
 * - A key stands in the queue once, however often it is added.
 * - A key is with one worker at a time. Added meanwhile, it is handed out again after `done`: no change is missed.
 * - Keys leave in the order in which they became ready.
 * - After {@link shutDown}, what is queued is still handed out; nothing new is taken in.
 *
 * # Caveats
 * - A worker that never calls `done` keeps its key for ever.
 */
export class WorkQueue {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #limiter: RateLimiter;
  readonly #metrics: QueueMetrics;
  /** Ready keys in order: those of `#dirty` that are not in `#processing`. */
  readonly #ready = new Fifo<string>();
  /** Keys that need a run; those also in `#processing` come back to `#ready` when done. */
  readonly #dirty = new Set<string>();
  readonly #processing = new Map<string, number>();
  readonly #addedAt = new Map<string, number>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  readonly #idle: (() => void)[] = [];
  #shuttingDown = false;

  constructor(options: WorkQueueOptions) {
    this.#name = options.name;
    this.#clock = options.clock ?? systemClock;
    this.#limiter = options.limiter ?? new DefaultRateLimiter(this.#clock);
    this.#metrics = options.metrics ?? noMetrics;
  }

  /** Keys ready and not yet taken. */
  get length(): number {
    return this.#ready.length;
  }

  /** Keys that wait for their time. */
  get waiting(): number {
    return this.#delayed.size;
  }

  /** Marks a key as needing a run. */
  add(key: string): void {
    if (this.#shuttingDown || this.#dirty.has(key)) return;
    this.#metrics.added(this.#name);
    this.#dirty.add(key);
    this.#addedAt.set(key, this.#clock.monotonic());
    if (!this.#processing.has(key)) this.#makeReady(key);
  }

  /** Adds a key after a while. Of several delays of one key the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#shuttingDown) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const readyAt = this.#clock.monotonic() + ms;
    const present = this.#delayed.get(key);
    if (present && present.readyAt <= readyAt) return;
    present?.cancel.abort();
    const delayed = { readyAt, cancel: new AbortController() };
    this.#delayed.set(key, delayed);
    void this.#addLater(key, ms, delayed);
  }

  /** Adds a key after a delay that grows with each failure until {@link forget}. */
  addRateLimited(key: string): void {
    this.#metrics.retried(this.#name);
    this.addAfter(key, this.#limiter.when(key));
  }

  /** Ends the key's history of failures. */
  forget(key: string): void {
    this.#limiter.forget(key);
  }

  /** How often the key failed since it was last forgotten. */
  failures(key: string): number {
    return this.#limiter.failures(key);
  }

  /** The next key, as soon as there is one; `undefined` when the queue is shut down and empty. */
  take(): Promise<string | undefined> {
    const key = this.#ready.shift();
    if (key !== undefined) return Promise.resolve(this.#handOut(key));
    if (this.#shuttingDown) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Gives a taken key back. */
  done(key: string): void {
    const started = this.#processing.get(key);
    if (started === undefined) return;
    this.#processing.delete(key);
    this.#metrics.worked(this.#name, (this.#clock.monotonic() - started) / 1000);
    if (this.#dirty.has(key)) this.#makeReady(key);
    this.#releaseIdle();
  }

  /** Takes in nothing more and forgets all delays. Takers get what is queued, then `undefined`. */
  shutDown(): void {
    this.#shuttingDown = true;
    for (const delayed of this.#delayed.values()) delayed.cancel.abort();
    this.#delayed.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
    this.#releaseIdle();
  }

  /** Shuts down, drops what no worker has taken, and resolves when every taken key is done. No key is run again. */
  async drain(): Promise<void> {
    this.#dirty.clear();
    this.#ready.clear();
    this.#addedAt.clear();
    this.#metrics.depth(this.#name, 0);
    this.shutDown();
    if (this.#processing.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async #addLater(key: string, ms: number, delayed: Delayed): Promise<void> {
    try {
      await this.#clock.sleep(ms, delayed.cancel.signal);
    } catch {
      return; // Replaced by an earlier delay, or shut down.
    }
    if (this.#delayed.get(key) === delayed) this.#delayed.delete(key);
    this.add(key);
  }

  #makeReady(key: string): void {
    const taker = this.#takers.shift();
    if (taker) {
      taker(this.#handOut(key));
      return;
    }
    this.#ready.push(key);
    this.#metrics.depth(this.#name, this.#ready.length);
  }

  #handOut(key: string): string {
    const now = this.#clock.monotonic();
    this.#dirty.delete(key);
    this.#processing.set(key, now);
    this.#metrics.waited(this.#name, (now - (this.#addedAt.get(key) ?? now)) / 1000);
    this.#metrics.depth(this.#name, this.#ready.length);
    this.#addedAt.delete(key);
    return key;
  }

  #releaseIdle(): void {
    if (this.#shuttingDown && this.#processing.size === 0) for (const release of this.#idle.splice(0)) release();
  }
}
