import { collectDefaultMetrics, Registry } from 'prom-client';
import { metricFamilies } from './metric-families.ts';

interface RequestSample {
  readonly method: string;
  readonly verb: string;
  readonly host: string;
  readonly code: string;
  readonly seconds: number;
}

const reconcileResults = ['success', 'requeue', 'requeue_after', 'error'] as const;

/** Records what `src/kube` measures: a method for each hook declared there. */
export class Metrics {
  readonly registry: Registry;
  readonly #series: ReturnType<typeof metricFamilies>;

  constructor(registry: Registry = new Registry()) {
    this.registry = registry;
    this.#series = metricFamilies(registry);
  }

  /** Adds the process's own series: memory, CPU, event loop, garbage collection. */
  collectProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Creates a controller's series at zero: a rate over a series that appears with its first error shows nothing. */
  register(controller: string, concurrency: number): void {
    const { reconciles, reconcileErrors, terminalErrors, reconcileSeconds, maxWorkers, activeWorkers } = this.#series;
    for (const result of reconcileResults) reconciles.inc({ controller, result }, 0);
    reconcileErrors.inc({ controller }, 0);
    terminalErrors.inc({ controller }, 0);
    reconcileSeconds.zero({ controller });
    maxWorkers.set({ controller }, concurrency);
    activeWorkers.set({ controller }, 0);
    this.#registerQueue(controller);
  }

  reconciled(controller: string, result: (typeof reconcileResults)[number], seconds: number): void {
    this.#series.reconciles.inc({ controller, result });
    this.#series.reconcileSeconds.observe({ controller }, seconds);
    if (result === 'error') this.#series.reconcileErrors.inc({ controller });
  }

  failedTerminally(controller: string): void {
    this.#series.terminalErrors.inc({ controller });
  }

  activeWorkers(controller: string, count: number): void {
    this.#series.activeWorkers.set({ controller }, count);
  }

  depth(queue: string, length: number): void {
    this.#series.depth.set(queueLabels(queue), length);
  }

  added(queue: string): void {
    this.#series.adds.inc(queueLabels(queue));
  }

  waited(queue: string, seconds: number): void {
    this.#series.queueSeconds.observe(queueLabels(queue), seconds);
  }

  worked(queue: string, seconds: number): void {
    this.#series.workSeconds.observe(queueLabels(queue), seconds);
  }

  retried(queue: string): void {
    this.#series.retries.inc(queueLabels(queue));
  }

  requested({ code, method, host, verb, seconds }: RequestSample): void {
    this.#series.requests.inc({ code, method, host });
    this.#series.requestSeconds.observe({ verb, host }, seconds);
  }

  listed(resource: string, items: number): void {
    this.#series.listed.set({ resource }, items);
  }

  watchStarted(resource: string): void {
    this.#series.watches.inc({ resource });
  }

  watchEnded(resource: string, reason: string): void {
    this.#series.watchEnds.inc({ resource, reason });
  }

  leading(name: string, leading: boolean): void {
    this.#series.leading.set({ name }, leading ? 1 : 0);
  }

  eventWritten(): void {
    this.#series.events.inc({ result: 'written' });
  }

  eventDropped(why: string): void {
    this.#series.events.inc({ result: why });
  }

  #registerQueue(queue: string): void {
    const { depth, adds, retries, queueSeconds, workSeconds } = this.#series;
    const labels = queueLabels(queue);
    depth.set(labels, 0);
    adds.inc(labels, 0);
    retries.inc(labels, 0);
    queueSeconds.zero(labels);
    workSeconds.zero(labels);
  }
}

/** A controller's queue bears its name; controller-runtime sets both labels. */
function queueLabels(queue: string): { name: string; controller: string } {
  return { name: queue, controller: queue };
}
