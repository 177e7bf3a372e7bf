// What watches the operator: the alerts by Prometheus' own promtool, and that alerts and dashboard use series that exist.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { parse, stringify } from 'yaml';
import { DistillationMetrics } from '../../src/telemetry/distillation-metrics.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { registerPoolMetrics } from '../../src/telemetry/pool-metrics.ts';
import { registerQuotaMetrics } from '../../src/telemetry/quota-metrics.ts';
import { type Manifest, renderChart } from '../generate/manifests.ts';
import { AptUnavailable, debianTool, type DebianTool } from '../tools/debian.ts';

const stories = resolve(import.meta.dirname, 'alerts/alerts.yaml');
const runbooks = 'https://runbooks.example/';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

type Rule = Manifest & { readonly spec: { readonly groups: readonly { readonly rules: readonly Alert[] }[] } };
type Dashboard = Manifest & { readonly data: { readonly 'stratos.json': string } };

interface Story {
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
}

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

async function ruleOf(...values: string[]): Promise<Rule> {
  const set = ['prometheusRule.enabled=true', `prometheusRule.runbookUrl=${runbooks}`, ...values];
  return (await renderChart(set)).find(({ kind }) => kind === 'PrometheusRule') as Rule;
}

async function alertsOf(...values: string[]): Promise<Alert[]> {
  return (await ruleOf(...values)).spec.groups.flatMap(({ rules }) => rules);
}

async function dashboardOf(...values: string[]): Promise<{ manifest: Dashboard; text: string; panels: Panel[] }> {
  const manifests = await renderChart(['grafanaDashboard.enabled=true', ...values]);
  const manifest = manifests.find(({ metadata }) => metadata.name === 'stratos-dashboard') as Dashboard;
  const text = manifest.data['stratos.json'];
  const { panels } = JSON.parse(text) as { panels: Panel[] };
  return { manifest, text, panels };
}

/** What stands before braces in PromQL is a series. */
function seriesIn(expressions: readonly string[]): string[] {
  return expressions.flatMap((expr) => expr.match(/\w+(?=\{)/g) ?? []);
}

/** Of the names, those that no series has; a histogram is asked for its buckets. */
function unknown(names: readonly string[]): string[] {
  const { registry } = new Metrics(new Registry());
  collectDefaultMetrics({ register: registry });
  void new DistillationMetrics(registry, { list: () => [] });
  registerQuotaMetrics(registry, { list: () => [] });
  registerPoolMetrics(registry, () => []);
  const known = new Set(registry.getMetricsAsArray().map(({ name }) => name));
  return names.filter((name) => name !== 'up' && !known.has(name.replace(/_bucket$/, '')));
}

describe('the alerts', () => {
  let promtool: DebianTool | undefined;
  let dir: string;

  before('get promtool', async function () {
    dir = await mkdtemp(join(tmpdir(), 'stratos-alerts-'));
    promtool = await debianTool('promtool').catch((error: unknown) => {
      if (!(error instanceof AptUnavailable)) throw error;
      console.log(`      ${error.message}`);
      return undefined;
    });
  });
  after(async () => await rm(dir, { recursive: true, force: true }));

  const variants: Readonly<Record<string, readonly string[]>> = {
    'with the defaults': [],
    'where Prometheus keeps our own label "namespace"': ['serviceMonitor.honorLabels=true'],
  };
  for (const [name, values] of Object.entries(variants)) {
    it(`are rules that Prometheus takes, and tell what they should when they should, ${name}`, async function () {
      if (promtool === undefined) return this.skip();
      const { path, env } = promtool;
      await writeFile(join(dir, 'rules.yaml'), stringify((await ruleOf(...values)).spec));
      const text = await readFile(stories, 'utf8');
      const label = values.length > 0 ? 'namespace' : 'exported_namespace';
      // The target's own label gives way where the series' is kept.
      const theirs = values.length > 0 ? text.replaceAll(/,namespace="stratos-system"(?=,exported_)/g, '') : text;
      await writeFile(join(dir, 'alerts.yaml'), theirs.replaceAll('exported_namespace', label));
      for (const args of [
        ['check', 'rules', 'rules.yaml'],
        ['test', 'rules', 'alerts.yaml'],
      ])
        await promisify(execFile)(path, args, { cwd: dir, env });
      return undefined;
    });
  }

  it('are each tested silent and told', async () => {
    const { tests } = parse(await readFile(stories, 'utf8')) as { tests: readonly Story[] };
    const asked = tests.flatMap(({ alert_rule_test }) => alert_rule_test);
    const told = new Set(asked.map(({ alertname, exp_alerts }) => `${alertname} ${exp_alerts.length > 0}`));
    const wanted = (await alertsOf()).flatMap(({ alert }) => [`${alert} false`, `${alert} true`]);
    assert.deepEqual([...told].toSorted(), wanted.toSorted());
  });

  it('use series that the operator has', async () => {
    const used = seriesIn((await alertsOf()).map(({ expr }) => expr));
    assert.ok(used.length >= 9);
    assert.deepEqual(unknown(used), []);
  });

  it('lead to their paragraph of docs/runbooks.md', async () => {
    const page = await readFile(resolve(import.meta.dirname, '../../docs/runbooks.md'), 'utf8');
    const titles = [...page.matchAll(/^## (Stratos\w+)$/gm)].map(([, title = '']) => title);
    const alerts = await alertsOf();
    assert.deepEqual(
      titles,
      alerts.map(({ alert }) => alert),
    );
    assert.deepEqual(
      alerts.map(({ annotations }) => annotations['runbook_url']),
      titles.map((title) => `${runbooks}#${title.toLowerCase()}`),
    );
  });
});

describe('the dashboard', () => {
  it('is there only when asked for, with the label that the sidecar looks for', async () => {
    assert.deepEqual(
      (await renderChart()).filter(({ metadata }) => metadata.name.endsWith('-dashboard')),
      [],
    );
    const { manifest } = await dashboardOf();
    assert.equal(manifest.metadata.labels?.['grafana_dashboard'], '1');
  });

  it('uses series that the operator has, in every panel', async () => {
    const { panels } = await dashboardOf();
    const drawn = panels.filter(({ type }) => type !== 'row');
    assert.ok(drawn.length >= 15);
    for (const { title, targets = [] } of drawn) {
      const used = seriesIn(targets.map(({ expr }) => expr));
      assert.notEqual(used.length, 0, `${title} draws nothing`);
      assert.deepEqual(unknown(used), [], title);
    }
  });

  it('asks for the namespace of a job under the name that Prometheus gives it', async () => {
    assert.match((await dashboardOf()).text, /exported_namespace/);
    assert.doesNotMatch((await dashboardOf('serviceMonitor.honorLabels=true')).text, /exported_namespace/);
  });
});
