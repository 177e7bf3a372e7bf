import assert from 'node:assert/strict';
import type { KubeMetrics } from '../../../src/kube/metrics.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';

describe('Metrics', () => {
  it('shows every series of a controller at zero before its first run', async () => {
    const metrics = new Metrics();
    const hooks: KubeMetrics = metrics;
    hooks.register('jobs', 4);
    const text = await metrics.registry.metrics();
    for (const line of [
      'controller_runtime_reconcile_total{controller="jobs",result="success"} 0',
      'controller_runtime_reconcile_total{controller="jobs",result="error"} 0',
      'controller_runtime_reconcile_errors_total{controller="jobs"} 0',
      'controller_runtime_terminal_reconcile_errors_total{controller="jobs"} 0',
      'controller_runtime_reconcile_time_seconds_count{controller="jobs"} 0',
      'controller_runtime_max_concurrent_reconciles{controller="jobs"} 4',
      'workqueue_depth{name="jobs",controller="jobs"} 0',
      'workqueue_retries_total{name="jobs",controller="jobs"} 0',
      'workqueue_queue_duration_seconds_count{name="jobs",controller="jobs"} 0',
    ]) {
      assert.ok(text.includes(`${line}\n`), `missing: ${line}`);
    }
  });

  it('counts what it is told', async () => {
    const metrics = new Metrics();
    metrics.reconciled('jobs', 'error', 0.3);
    metrics.failedTerminally('jobs');
    metrics.requested({ verb: 'get', method: 'GET', host: 'api:6443', code: '404', seconds: 0.01 });
    metrics.leading('stratos/operator', true);
    metrics.watchEnded('pods', 'Gone');
    metrics.eventDropped('rate-limited');
    const text = await metrics.registry.metrics();
    for (const line of [
      'controller_runtime_reconcile_total{controller="jobs",result="error"} 1',
      'controller_runtime_reconcile_errors_total{controller="jobs"} 1',
      'controller_runtime_reconcile_time_seconds_bucket{le="0.3",controller="jobs"} 1',
      'controller_runtime_terminal_reconcile_errors_total{controller="jobs"} 1',
      'rest_client_requests_total{code="404",method="GET",host="api:6443"} 1',
      'leader_election_master_status{name="stratos/operator"} 1',
      'stratos_reflector_interruptions_total{resource="pods",reason="Gone"} 1',
      'stratos_events_total{result="rate-limited"} 1',
    ]) {
      assert.ok(text.includes(`${line}\n`), `missing: ${line}`);
    }
  });
});
