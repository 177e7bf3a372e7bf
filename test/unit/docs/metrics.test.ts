import assert from 'node:assert/strict';
import type { Registry } from 'prom-client';
import { DistillationMetrics } from '../../../src/telemetry/distillation-metrics.ts';
import { EstimateMetrics } from '../../../src/telemetry/estimate-metrics.ts';
import { registerQuotaMetrics } from '../../../src/telemetry/quota-metrics.ts';
import { registerRolloutMetrics } from '../../../src/telemetry/rollout-metrics.ts';
import { StudentMetrics } from '../../../src/telemetry/student-metrics.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import { registerPoolMetrics } from '../../../src/telemetry/pool-metrics.ts';
import { codeIn, read, tableRows } from './pages.ts';

interface Series {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
}

/** prom-client keeps the label names of its metrics, and its types do not say so. */
interface Registered {
  readonly name: string;
  readonly labelNames: readonly string[];
}

async function registered(registry: Registry): Promise<Series[]> {
  const types = new Map((await registry.getMetricsAsJSON()).map(({ name, type }) => [name, String(type)]));
  const metrics = registry.getMetricsAsArray() as unknown as Registered[];
  return sorted(metrics.map(({ name, labelNames }) => ({ name, type: types.get(name) ?? '', labels: labelNames })));
}

function documented(): Series[] {
  const rows = tableRows(read('docs/metrics.md')).filter(([name = '']) => /^`[a-z_]+`$/.test(name));
  return sorted(
    rows.map(([name = '', type = '', labels = '']) => ({ name: codeIn(name)[0] ?? '', type, labels: codeIn(labels) })),
  );
}

function sorted(series: Series[]): Series[] {
  return series.toSorted((a, b) => a.name.localeCompare(b.name));
}

describe('docs/metrics.md', () => {
  it('has every series that the operator registers, with type and labels, and no other', async () => {
    const { registry } = new Metrics();
    const distillations = new DistillationMetrics(registry, { list: () => [] });
    registerRolloutMetrics(registry, { list: () => [] });
    registerQuotaMetrics(registry, { list: () => [] });
    registerPoolMetrics(registry, () => []);
    const students = new StudentMetrics(registry, { list: () => [] });
    const estimates = new EstimateMetrics(registry);
    assert.ok(distillations && students && estimates);
    assert.deepEqual(documented(), await registered(registry));
  });

  it('has every alert of the chart, with its severity, and no other', () => {
    const rule = read('charts/stratos/templates/prometheusrule.yaml');
    const wanted = [...rule.matchAll(/- alert: (\w+)[\s\S]*?severity: (\w+)/g)].map(([, name, severity]) => [
      name,
      severity,
    ]);
    const rows = tableRows(read('docs/metrics.md')).filter(([name = '']) => name.startsWith('`Stratos'));
    assert.deepEqual(
      rows.map(([name = '', severity]) => [codeIn(name)[0], severity]),
      wanted,
    );
  });
});
