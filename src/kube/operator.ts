import { KubeClient } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Controller, type ControllerOptions, createController } from './controller.ts';
import { Discovery } from './discovery.ts';
import type { Reporter } from './event-series.ts';
import { EventRecorder } from './events.ts';
import { LeaderElector, type LeaderElectorOptions } from './leader-election.ts';
import { type Log, silentLog } from './log.ts';
import { type KubeMetrics, noMetrics } from './metrics.ts';
import { ProtocolOperator } from './operator-protocol.ts';
import { type OptionalCollection, OptionalReflector } from './optional-collection.ts';
import { Reflector } from './reflector.ts';
import { MutableStore, type Store, type StoreOptions } from './store.ts';
import type { PooledKubeConfig } from './transport.ts';
import type { KubeObject, Resource } from './types.ts';

type LeaseOptions = Pick<LeaderElectorOptions, 'lease' | 'identity' | 'leaseMs' | 'renewDeadlineMs' | 'retryMs'>;

export interface StratosOperatorOptions {
  /** Closed by whoever made it, after {@link StratosOperator.stop}. */
  readonly kubeConfig: PooledKubeConfig;
  readonly reporter: Reporter;
  /** Without it this process believes to be the only one. */
  readonly leaderElection?: LeaseOptions | undefined;
  /** How long running reconciles may take to finish on stop. */
  readonly shutdownGraceMs?: number | undefined;
  readonly userAgent?: string | undefined;
  readonly clock?: Clock | undefined;
  /** Told of the `Date` of each answer of the API server, which a clock may go by. */
  readonly onDate?: ((date: string | undefined) => void) | undefined;
  readonly metrics?: KubeMetrics | undefined;
  readonly log?: Log | undefined;
}

export interface ReflectorSettings<T extends KubeObject> extends StoreOptions<T> {
  /** Follow only these namespaces; all of them when missing or empty. */
  readonly namespaces?: readonly string[] | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface OptionalReflectorSettings<T extends KubeObject> extends ReflectorSettings<T> {
  /** How long to wait before looking again for a kind that is not served. */
  readonly searchMs?: number | undefined;
  /** Keep what was read when reading it is forbidden later. */
  readonly keepsWhenForbidden?: boolean | undefined;
}

/** Why an operator ended. After `'lost'` another replica leads, and this process should be started anew. */
export type Outcome = 'stopped' | 'lost';

const DEFAULT_GRACE_MS = 20_000;

/**
 * The operator's life: reflectors and events run in every replica, controllers in the leader.
 *
 *     const operator = new StratosOperator({ kubeConfig, reporter, leaderElection });
 *     const pods = operator.addReflector(podResource, { labelSelector });
 *     operator.addController({ name, sources: [source(pods, ownerOf)], reconcile });
 *     await operator.start();
 *     const outcome = await operator.done;
 *
 * # Guarantees
 * - Followers keep their stores warm, so that a new leader begins at once.
 * - {@link client} refuses to write unless this replica leads.
 * - {@link stop} lets running reconciles finish, then hands the lease over, then writes the last events, then stops
 *   reading.
 * - {@link done} settles when nothing runs any more.
 */
export class StratosOperator extends ProtocolOperator {
  /** For controllers: writes only while this replica leads. */
  readonly client: KubeClient;
  readonly events: EventRecorder;
  readonly #options: StratosOperatorOptions;
  readonly #clock: Clock;
  readonly #metrics: KubeMetrics;
  readonly #log: Log;
  /** For this class's own needs: reading, the Lease, and events are not the leader's alone. */
  readonly #direct: KubeClient;
  readonly #discovery: Discovery;
  readonly #elector: LeaderElector | undefined;
  readonly #copies: Copy[] = [];
  readonly #controllers: Controller[] = [];
  readonly #candidacy = new AbortController();
  readonly #reading = new AbortController();
  readonly #drained = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<Outcome>();
  #started = false;

  constructor(options: StratosOperatorOptions) {
    const { kubeConfig, clock = systemClock, metrics = noMetrics, log = silentLog, userAgent, onDate } = options;
    const direct = new KubeClient({ config: kubeConfig, clock, metrics, userAgent, onDate });
    const leadership: { elector?: LeaderElector } = {};
    const client = options.leaderElection ? direct.fenced(() => leadership.elector?.assertLeading()) : direct;
    super(kubeConfig, client, log);
    this.#options = options;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#log = log;
    this.#direct = direct;
    this.#discovery = new Discovery({ client: direct, clock });
    this.client = client;
    this.events = new EventRecorder({ client: direct, reporter: options.reporter, clock, metrics, log });
    this.#elector = this.#makeElector();
    if (this.#elector) leadership.elector = this.#elector;
  }

  /** How the operator ended, once it has. */
  get done(): Promise<Outcome> {
    return this.#ended.promise;
  }

  /** Whether this replica may act. */
  get leading(): boolean {
    return this.#elector?.leading ?? true;
  }

  /** Collections that were not yet read completely: what readiness waits for. */
  unsynced(): string[] {
    return this.#copies.filter((copy) => !copy.store.synced).map((copy) => copy.reflector.name);
  }

  /** Collections that nobody follows any more, though the operator is not stopping: a bug that a restart mends. */
  dead(): string[] {
    if (!this.#started || this.#reading.signal.aborted) return [];
    return this.#copies.filter((copy) => !copy.reflector.running).map((copy) => copy.reflector.name);
  }

  /** A store that is kept equal to a collection from {@link start} on. */
  override addReflector<T extends KubeObject>(resource: Resource<T>, settings: ReflectorSettings<T> = {}): Store<T> {
    this.#assertNotStarted();
    const { namespaces = [], labelSelector, fieldSelector, ...storeOptions } = settings;
    const store = this.#makeStore(resource, storeOptions);
    const common = { ...this.#readers(), resource, labelSelector, fieldSelector };
    for (const namespace of namespaces.length > 0 ? namespaces : [undefined]) {
      const reflector = new Reflector({ ...common, store: store.writer(namespace), namespace });
      this.#copies.push({ reflector, store });
    }
    return store;
  }

  /**
   * A collection that is followed from {@link start} on while the API server serves it: of a kind that another project
   * installs. `resources` are the versions of it that the caller can read, the preferred one first.
   */
  addOptionalReflector<T extends KubeObject>(
    resources: readonly [Resource<T>, ...Resource<T>[]],
    settings: OptionalReflectorSettings<T> = {},
  ): OptionalCollection<T> {
    this.#assertNotStarted();
    const { namespaces = [], labelSelector, fieldSelector, searchMs, keepsWhenForbidden, ...storeOptions } = settings;
    const store = this.#makeStore(resources[0], storeOptions);
    const selection = { namespaces, labelSelector, fieldSelector };
    const common = { ...this.#readers(), discovery: this.#discovery, resources, store, searchMs, keepsWhenForbidden };
    const reflector = new OptionalReflector({ ...common, ...selection });
    this.#copies.push({ reflector, store });
    return reflector;
  }

  #makeStore<T extends KubeObject>(resource: Resource<T>, options: StoreOptions<T>): MutableStore<T> {
    const onHandlerError = (error: unknown): void =>
      this.#log.error({ err: error, resource: resource.plural }, 'a store handler failed');
    return new MutableStore<T>({ onHandlerError, ...options });
  }

  #readers() {
    return { client: this.#direct, clock: this.#clock, metrics: this.#metrics, log: this.#log };
  }

  /** A controller that runs from {@link start} on, while this replica leads. */
  override addController(options: ControllerOptions): Controller {
    this.#assertNotStarted();
    const common = { clock: this.#clock, metrics: this.#metrics, log: this.#log };
    const controller = createController({ ...common, ...options });
    this.#controllers.push(controller);
    return controller;
  }

  /** Stops everything in order; safe to call twice, and before `start`. */
  // oxlint-disable-next-line typescript/no-misused-promises -- the base class's stop is void, because it does not wait
  override async stop(): Promise<void> {
    const graceMs = this.#options.shutdownGraceMs ?? DEFAULT_GRACE_MS;
    await Promise.all(this.#controllers.map((controller) => controller.drain(graceMs)));
    this.#drained.resolve();
    this.#candidacy.abort(new Error('the operator is stopping'));
    if (this.#started) await this.done;
  }

  /** Called by `start` of the base class. */
  protected override async init(): Promise<void> {
    this.#started = true;
    const reflectors = this.#copies.map((copy) => copy.reflector.run(this.#reading.signal));
    const events = this.events.run(this.#reading.signal);
    this.#serve([...reflectors, events]).then(this.#ended.resolve, this.#ended.reject);
  }

  async #serve(background: readonly Promise<unknown>[]): Promise<Outcome> {
    try {
      return await this.#lead();
    } finally {
      this.#reading.abort(new Error('the operator is stopping'));
      await Promise.all(background);
    }
  }

  async #lead(): Promise<Outcome> {
    if (this.#elector) return this.#elector.run(this.#candidacy.signal);
    await this.#control(this.#candidacy.signal);
    return 'stopped';
  }

  /** Runs the controllers until they are drained, or until the signal ends them. */
  async #control(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#drained.resolve(), { once: true });
    await Promise.all([this.#drained.promise, ...this.#controllers.map((controller) => controller.run(signal))]);
  }

  #assertNotStarted(): void {
    if (this.#started) throw new Error('adding to an operator: it has already started');
  }

  #makeElector(): LeaderElector | undefined {
    const { leaderElection } = this.#options;
    if (!leaderElection) return undefined;
    return new LeaderElector({
      ...leaderElection,
      client: this.#direct,
      onStarted: (signal) => this.#control(signal),
      clock: this.#clock,
      metrics: this.#metrics,
      log: this.#log,
    });
  }
}

interface Copy {
  readonly reflector: { readonly name: string; readonly running: boolean; run(signal: AbortSignal): Promise<unknown> };
  readonly store: { readonly synced: boolean };
}
