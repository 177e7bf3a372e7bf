import { randomUUID } from 'node:crypto';
import type { Random } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';
import { classify, faultPolicy, isTerminal } from './errors.ts';
import { type Log, silentLog } from './log.ts';
import { type ControllerMetrics, noMetrics, type QueueMetrics, type ReconcileResult } from './metrics.ts';
import type { Store } from './store.ts';
import { formatKey, type KubeObject, type ObjectKey, parseKey, type Stored } from './types.ts';
import { WorkQueue } from './workqueue.ts';

/** When a key is to be reconciled again, if nothing changes before. */
export type Next = { readonly type: 'await-change' } | { readonly type: 'requeue'; readonly afterMs: number };

/** Nothing is pending: the next change, or the resync, brings the key back. */
export const awaitChange: Next = { type: 'await-change' };

/** Look again after this many milliseconds. */
export function requeueAfter(afterMs: number): Next {
  return { type: 'requeue', afterMs };
}

/** Makes the world agree with one object. Gets a key, never an event: it must decide from what it reads. */
type Reconcile = (key: ObjectKey, signal: AbortSignal, log: Log) => Promise<Next>;

/** A collection whose changes concern a controller; its object type is sealed in, so that a list can hold several. */
export interface Source {
  readonly synced: (signal: AbortSignal) => Promise<void>;
  readonly present: () => ObjectKey[];
  readonly subscribe: (enqueue: (key: ObjectKey) => void) => () => void;
}

/**
 * A source: a store, and the keys that each of its objects concerns. A modified object enqueues those of its old state
 * too, because it may have lost an owner.
 */
export function source<T extends KubeObject>(
  store: Store<T>,
  keys: (object: Stored<T>) => readonly ObjectKey[],
): Source {
  return {
    synced: (signal) => store.waitSynced(signal),
    present: () => store.list().flatMap((object) => [...keys(object)]),
    subscribe: (enqueue) =>
      store.subscribe((_, object, previous) => {
        const states = [previous, object].filter((state) => state !== undefined);
        // Each key once: an idle worker takes the first at once, and would run again for the second.
        const concerned = new Map(states.flatMap(keys).map((key) => [formatKey(key), key]));
        for (const key of concerned.values()) enqueue(key);
      }),
  };
}

export interface ControllerOptions {
  readonly name: string;
  /** The first one is the primary: its objects are what a resync goes through. */
  readonly sources: readonly Source[];
  readonly reconcile: Reconcile;
  readonly concurrency?: number | undefined;
  /** How often every primary object is reconciled though nothing changed. */
  readonly resyncMs?: number | undefined;
  /** Added to the log lines of a reconcile: `uid`, `generation`. */
  readonly describe?: ((key: ObjectKey) => Readonly<Record<string, unknown>>) | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly metrics?: (ControllerMetrics & QueueMetrics) | undefined;
  readonly log?: Log | undefined;
}

/**
 * A level-triggered control loop over keys.
 *
 * # Guarantees
 * - No reconcile starts before every source has synced.
 * - A key is reconciled by one worker at a time, and again after any change that came meanwhile.
 * - An error retries the key with growing delays; a {@link TerminalError} does not. Conflicts, missing objects and
 *   name clashes are normal: the key runs again soon, and nothing is logged as an error.
 * - Errors are logged here and nowhere else.
 *
 * # Caveats
 * - The signal given to `reconcile` is aborted when leadership is lost: pass it to every write.
 * - Not restartable: one controller, one run.
 */
export interface Controller {
  readonly name: string;
  /** Reconciles until the signal is aborted or {@link drain} is called; resolves when no reconcile is running. */
  run(signal: AbortSignal): Promise<void>;
  /** Starts no further reconcile and waits for the running ones; after `graceMs` they are aborted. */
  drain(graceMs: number): Promise<void>;
  /** Asks for a reconcile from outside, e.g. because a price changed. */
  enqueue(key: ObjectKey): void;
}

const DEFAULT_RESYNC_MS = 10 * 60_000;

/** A resync is spread over this part of its period, so that it is a trickle and not a wave. */
const RESYNC_SPREAD = 0.1;

/** Makes a controller; it does nothing until it is run. */
export function createController(options: ControllerOptions): Controller {
  return new Loop(options);
}

class Loop implements Controller {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #metrics: ControllerMetrics & QueueMetrics;
  readonly #log: Log;
  readonly #queue: WorkQueue;
  readonly #stop = new AbortController();
  #active = 0;

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#metrics = options.metrics ?? noMetrics;
    this.#log = (options.log ?? silentLog).child({ controller: options.name });
    this.#queue = new WorkQueue({ name: options.name, clock: this.#clock, metrics: this.#metrics });
    this.#metrics.register(options.name, this.#concurrency);
  }

  get #concurrency(): number {
    return this.#options.concurrency ?? 1;
  }

  enqueue(key: ObjectKey): void {
    this.#queue.add(formatKey(key));
  }

  async run(signal: AbortSignal): Promise<void> {
    const abort = (): void => this.#abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    const unsubscribe = this.#options.sources.map((from) => from.subscribe((key) => this.enqueue(key)));
    try {
      if (await this.#sourcesSynced()) await this.#work();
    } finally {
      for (const stop of unsubscribe) stop();
      signal.removeEventListener('abort', abort);
      this.#abort(new Error(`controller ${this.name} has ended`));
    }
  }

  async drain(graceMs: number): Promise<void> {
    const drained = new AbortController();
    const late = (): void => this.#abort(new Error('the grace period of the shutdown is over'));
    void this.#clock.sleep(graceMs, drained.signal).then(late, () => undefined);
    await this.#queue.drain();
    drained.abort();
    this.#abort(new Error(`controller ${this.name} was drained`));
  }

  #abort(reason: unknown): void {
    void this.#queue.drain();
    this.#stop.abort(reason);
  }

  async #sourcesSynced(): Promise<boolean> {
    try {
      await Promise.all(this.#options.sources.map((from) => from.synced(this.#stop.signal)));
      return true;
    } catch {
      return false; // Stopped before it could begin.
    }
  }

  async #work(): Promise<void> {
    for (const from of this.#options.sources) from.present().forEach((key) => this.enqueue(key));
    this.#log.info({ concurrency: this.#concurrency }, 'controller started');
    void this.#resync();
    await Promise.all(Array.from({ length: this.#concurrency }, () => this.#worker()));
    this.#log.info({}, 'controller stopped');
  }

  async #worker(): Promise<void> {
    for (;;) {
      const key = await this.#queue.take();
      if (key === undefined) return;
      this.#metrics.activeWorkers(this.name, (this.#active += 1));
      try {
        await this.#process(key);
      } finally {
        this.#metrics.activeWorkers(this.name, (this.#active -= 1));
        this.#queue.done(key);
      }
    }
  }

  async #process(key: string): Promise<void> {
    const started = this.#clock.monotonic();
    const log = this.#logFor(key);
    let result: ReconcileResult;
    try {
      result = this.#settle(key, await this.#options.reconcile(parseKey(key), this.#stop.signal, log));
    } catch (error) {
      result = this.#recover(key, error, log);
    }
    this.#metrics.reconciled(this.name, result, (this.#clock.monotonic() - started) / 1000);
  }

  #logFor(key: string): Log {
    const fields = this.#options.describe?.(parseKey(key)) ?? {};
    return this.#log.child({ object: key, ...fields, reconcileId: randomUUID() });
  }

  #settle(key: string, next: Next): ReconcileResult {
    this.#queue.forget(key);
    if (next.type === 'await-change') return 'success';
    this.#queue.addAfter(key, next.afterMs);
    return 'requeue_after';
  }

  /** The one switch that decides what an error means. */
  #recover(key: string, error: unknown, log: Log): ReconcileResult {
    if (this.#stop.signal.aborted) return 'requeue';
    if (isTerminal(error)) {
      this.#queue.forget(key);
      this.#metrics.failedTerminally(this.name);
      log.error({ err: error }, 'reconcile failed and will not be retried');
      return 'error';
    }
    return this.#retry(key, error, log);
  }

  #retry(key: string, error: unknown, log: Log): ReconcileResult {
    const fault = classify(error);
    const policy = faultPolicy[fault.type];
    if (fault.type === 'Throttled') this.#queue.addAfter(key, fault.afterMs);
    else this.#queue.addRateLimited(key);
    if (policy.quiet) {
      log.debug({ fault: fault.type }, 'reconcile met a newer state');
      return 'requeue';
    }
    log.error({ err: error, fault: fault.type, failures: this.#queue.failures(key) }, 'reconcile failed');
    return 'error';
  }

  async #resync(): Promise<void> {
    const period = this.#options.resyncMs ?? DEFAULT_RESYNC_MS;
    const [primary] = this.#options.sources;
    try {
      for (;;) {
        await this.#clock.sleep(period, this.#stop.signal);
        for (const key of primary?.present() ?? []) {
          this.#queue.addAfter(formatKey(key), this.#random() * period * RESYNC_SPREAD);
        }
      }
    } catch {
      // Stopped.
    }
  }
}
