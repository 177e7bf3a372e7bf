import { Backoff, type Random, reflectorBackoff } from './backoff.ts';
import type { KubeClient } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { classify, type FaultType } from './errors.ts';
import { type Log, silentLog } from './log.ts';
import { noMetrics, type ReflectorMetrics } from './metrics.ts';
import { initialState, type ReflectorInput, type ReflectorState, transition } from './reflector-state.ts';
import type { StoreWriter } from './store.ts';
import type { KubeObject, Resource } from './types.ts';

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: Pick<KubeClient, 'list' | 'watch'>;
  readonly resource: Resource<T>;
  readonly store: StoreWriter<T>;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Ask for a streaming list first; on by default. Servers that cannot are asked for pages. */
  readonly streaming?: boolean | undefined;
  readonly pageSize?: number | undefined;
  /** How long a watch may be silent, bookmarks included, before it is opened anew. */
  readonly inactivityMs?: number | undefined;
  /** Faults after which to give up instead of trying again; none for a collection that has to be there. */
  readonly endsOn?: ReadonlySet<FaultType> | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly metrics?: ReflectorMetrics | undefined;
  readonly log?: Log | undefined;
}

const DEFAULT_PAGE_SIZE = 500;
/** Long enough for the slowest page of the largest collection, repetitions by the client included. */
const LIST_TIMEOUT_MS = 60_000;
/** Watches end after a random time between one and two of these, so that a fleet does not reconnect at once. */
const WATCH_SECONDS = 300;

/**
 * Keeps a store equal to a collection of the API server.
 *
 * # Guarantees
 * - It never dies: whatever fails is logged, and tried again with growing delays, until the signal is aborted. What
 *   `endsOn` names is the only exception, and is not logged.
 * - After a lost connection it resumes from the last version it saw; it lists anew only when that is too old.
 * - The store is replaced in one step by a complete list, deletions that nobody told us of included.
 *
 * # Caveats
 * - While the server cannot be reached the store keeps its last state: `synced` means "was once", not "is now".
 */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #metrics: ReflectorMetrics;
  readonly #log: Log;
  readonly #backoff: Backoff;
  #state: ReflectorState<T>;
  #pause = false;
  #throttledMs = 0;
  #running = false;
  #end: FaultType | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#metrics = options.metrics ?? noMetrics;
    this.#log = (options.log ?? silentLog).child({ reflector: this.name });
    this.#backoff = new Backoff(reflectorBackoff, this.#clock, this.#random);
    this.#state = initialState(options.streaming ?? true);
  }

  /** `pods`, or `team-a/pods` when it sees only one namespace. */
  get name(): string {
    const { namespace, resource } = this.#options;
    return namespace ? `${namespace}/${resource.plural}` : resource.plural;
  }

  get phase(): ReflectorState<T>['phase'] {
    return this.#state.phase;
  }

  /** False before `run` and after it has returned; a health check asks. */
  get running(): boolean {
    return this.#running;
  }

  /** Follows the collection until the signal is aborted, or until a fault of `endsOn`, which it gives. Never rejects. */
  async run(signal: AbortSignal): Promise<FaultType | undefined> {
    this.#running = true;
    while (!signal.aborted && this.#end === undefined) {
      await this.#round(signal).catch((error: unknown) => this.#fail(error, signal));
      await this.#rest(signal);
    }
    this.#running = false;
    return this.#end;
  }

  /** One request: a page, or a watch for as long as it lasts. */
  async #round(signal: AbortSignal): Promise<void> {
    const state = this.#state;
    if (state.phase === 'init-page') return this.#page(state.continue, signal);
    if (state.phase === 'empty' && !state.streaming) return this.#page(undefined, signal);
    return this.#watch(state, signal);
  }

  async #page(token: string | undefined, signal: AbortSignal): Promise<void> {
    const { client, resource, pageSize } = this.#options;
    const list = await client.list(
      resource,
      { ...this.#selection(), limit: pageSize ?? DEFAULT_PAGE_SIZE, continue: token },
      { signal, timeoutMs: LIST_TIMEOUT_MS },
    );
    this.#metrics.listed(resource.plural, list.items.length);
    this.#feed({ type: 'page', list });
  }

  async #watch(state: ReflectorState<T>, signal: AbortSignal): Promise<void> {
    const { client, resource, inactivityMs } = this.#options;
    const from =
      state.phase === 'init-listed' ? { resourceVersion: state.resourceVersion } : { sendInitialEvents: true };
    const timeoutSeconds = Math.round(WATCH_SECONDS * (1 + this.#random()));
    const watch = { ...this.#selection(), ...from, timeoutSeconds, inactivityMs };
    const events = await client.watch(resource, watch, signal);
    this.#metrics.watchStarted(resource.plural);
    this.#feed({ type: 'opened' });
    for await (const event of events) {
      if (event.type === 'ERROR') throw event.error;
      this.#feed({ type: 'event', event });
    }
    this.#metrics.watchEnded(resource.plural, 'closed');
    this.#feed({ type: 'closed' });
  }

  #selection(): {
    namespace: string | undefined;
    labelSelector: string | undefined;
    fieldSelector: string | undefined;
  } {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    return { namespace, labelSelector, fieldSelector };
  }

  #feed(input: ReflectorInput<T>): void {
    const { state, change, pause } = transition(this.#state, input);
    if (change?.type === 'replace') this.#options.store.replace(change.objects);
    if (change?.type === 'apply') this.#options.store.apply(change.object);
    if (change?.type === 'remove') this.#options.store.remove(change.object);
    // Last: had the store thrown, the old version would still stand and the change come again.
    this.#state = state;
    this.#pause = pause;
  }

  #fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    const fault = classify(error);
    this.#metrics.watchEnded(this.#options.resource.plural, fault.type);
    if (this.#options.endsOn?.has(fault.type)) {
      this.#end = fault.type;
      return;
    }
    this.#feed({ type: 'failed', fault });
    const fields = { err: error, fault: fault.type, next: this.#state.phase };
    if (fault.type === 'Bug') this.#log.error(fields, 'reading a collection failed');
    else this.#log.info(fields, 'reading a collection was interrupted');
    if (fault.type === 'Throttled') this.#throttledMs = fault.afterMs;
  }

  async #rest(signal: AbortSignal): Promise<void> {
    if (!this.#pause || signal.aborted || this.#end !== undefined) return;
    const delay = Math.max(this.#backoff.next(), this.#throttledMs);
    this.#pause = false;
    this.#throttledMs = 0;
    await this.#clock.sleep(delay, signal).catch(() => undefined);
  }
}
