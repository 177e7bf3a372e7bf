/**
 * What this folder measures. `src/telemetry` turns it into Prometheus series; every hook is optional work for the
 * receiver and must neither throw nor block.
 */
export type ReconcileResult = 'success' | 'requeue' | 'requeue_after' | 'error';

export interface ControllerMetrics {
  /** Announces a controller, so that its series exist at zero before its first run. */
  register(controller: string, concurrency: number): void;
  reconciled(controller: string, result: ReconcileResult, seconds: number): void;
  failedTerminally(controller: string): void;
  activeWorkers(controller: string, count: number): void;
}

export interface QueueMetrics {
  depth(queue: string, length: number): void;
  added(queue: string): void;
  waited(queue: string, seconds: number): void;
  worked(queue: string, seconds: number): void;
  retried(queue: string): void;
}

/** One finished attempt; `code` is `'<error>'` when no response arrived. */
export interface RequestSample {
  readonly verb: string;
  readonly method: string;
  readonly host: string;
  readonly code: string;
  readonly seconds: number;
}

export interface ClientMetrics {
  requested(sample: RequestSample): void;
}

export interface ReflectorMetrics {
  listed(resource: string, items: number): void;
  watchStarted(resource: string): void;
  watchEnded(resource: string, why: string): void;
}

export interface LeaderMetrics {
  leading(lease: string, leading: boolean): void;
}

export interface EventMetrics {
  eventWritten(reason: string): void;
  eventDropped(why: 'rate-limited' | 'queue-full' | 'failed'): void;
}

/** Everything at once, as the operator hands it down. */
export interface KubeMetrics
  extends ControllerMetrics,
    QueueMetrics,
    ClientMetrics,
    ReflectorMetrics,
    LeaderMetrics,
    EventMetrics {}

const nothing = (): void => undefined;

/** Measures nothing. */
export const noMetrics: KubeMetrics = {
  register: nothing,
  reconciled: nothing,
  failedTerminally: nothing,
  activeWorkers: nothing,
  depth: nothing,
  added: nothing,
  waited: nothing,
  worked: nothing,
  retried: nothing,
  requested: nothing,
  listed: nothing,
  watchStarted: nothing,
  watchEnded: nothing,
  leading: nothing,
  eventWritten: nothing,
  eventDropped: nothing,
};
