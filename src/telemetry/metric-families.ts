import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** controller-runtime's buckets for reconciles. */
const reconcileSeconds = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];

/** Powers of ten from ten nanoseconds, as client-go's queues have them. */
const queueSeconds = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10];

const requestSeconds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

type Describe = (
  name: string,
  help: string,
  ...labelNames: string[]
) => { name: string; help: string; labelNames: string[] };

/**
 * Every series of the mechanism, under the names that controller-runtime and client-go give them, so that dashboards and
 * alerts written for other operators work for this one. What they have no name for starts with `stratos_`.
 */
export function metricFamilies(registry: Registry) {
  const described: Describe = (name, help, ...labelNames) => ({ name, help, labelNames });
  const counter = (...of: Parameters<Describe>) => new Counter({ ...described(...of), registers: [registry] });
  const gauge = (...of: Parameters<Describe>) => new Gauge({ ...described(...of), registers: [registry] });
  const histogram = (buckets: number[], ...of: Parameters<Describe>) =>
    new Histogram({ ...described(...of), buckets, registers: [registry] });
  return {
    ...controllerFamilies(counter, gauge, histogram),
    ...queueFamilies(counter, gauge, histogram),
    requests: counter('rest_client_requests_total', 'Requests to the API server.', 'code', 'method', 'host'),
    requestSeconds: histogram(
      requestSeconds,
      'rest_client_request_duration_seconds',
      'Time until the API server answered.',
      'verb',
      'host',
    ),
    leading: gauge('leader_election_master_status', 'Whether this process holds the Lease.', 'name'),
    listed: gauge('stratos_reflector_last_list_items', 'Objects in the last page that was read.', 'resource'),
    watches: counter('stratos_reflector_watches_total', 'Watches opened.', 'resource'),
    watchEnds: counter(
      'stratos_reflector_interruptions_total',
      'Watches and lists that ended, by reason.',
      'resource',
      'reason',
    ),
    events: counter('stratos_events_total', 'Kubernetes Events, by what became of them.', 'result'),
  };
}

type MakeCounter = (...of: Parameters<Describe>) => Counter;
type MakeGauge = (...of: Parameters<Describe>) => Gauge;
type MakeHistogram = (buckets: number[], ...of: Parameters<Describe>) => Histogram;

function controllerFamilies(counter: MakeCounter, gauge: MakeGauge, histogram: MakeHistogram) {
  const prefix = 'controller_runtime';
  return {
    reconciles: counter(`${prefix}_reconcile_total`, 'Reconciles, by result.', 'controller', 'result'),
    reconcileErrors: counter(`${prefix}_reconcile_errors_total`, 'Reconciles that failed.', 'controller'),
    terminalErrors: counter(
      `${prefix}_terminal_reconcile_errors_total`,
      'Reconciles that failed and are not retried.',
      'controller',
    ),
    reconcileSeconds: histogram(
      reconcileSeconds,
      `${prefix}_reconcile_time_seconds`,
      'Duration of a reconcile.',
      'controller',
    ),
    maxWorkers: gauge(`${prefix}_max_concurrent_reconciles`, 'Reconciles that may run at once.', 'controller'),
    activeWorkers: gauge(`${prefix}_active_workers`, 'Reconciles that run now.', 'controller'),
  };
}

function queueFamilies(counter: MakeCounter, gauge: MakeGauge, histogram: MakeHistogram) {
  const labels = ['name', 'controller'];
  return {
    depth: gauge('workqueue_depth', 'Keys that wait for a worker.', ...labels),
    adds: counter('workqueue_adds_total', 'Keys added.', ...labels),
    retries: counter('workqueue_retries_total', 'Keys added again after a failure.', ...labels),
    queueSeconds: histogram(queueSeconds, 'workqueue_queue_duration_seconds', 'Time from add to worker.', ...labels),
    workSeconds: histogram(queueSeconds, 'workqueue_work_duration_seconds', 'Time with a worker.', ...labels),
  };
}
