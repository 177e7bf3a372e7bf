/** The operator's process: reads the options, wires the parts, runs until told to stop. The only file that may exit. */
import { readFile } from 'node:fs/promises';
import type { Registry } from 'prom-client';
import { Asker } from './adapters/questions/asker.ts';
import { Scraper } from './adapters/scrape/scraper.ts';
import { startProgressServer, type ProgressServer } from './adapters/progress/server.ts';
import { jobLabel } from './api/labels.ts';
import { AgreementWatch } from './controllers/agreement-watch.ts';
import { Calibrations } from './controllers/calibrations.ts';
import { ClusterPools } from './controllers/cluster-pools.ts';
import { distillationQuotaController } from './controllers/distillation-quota.ts';
import { distillationJobController } from './controllers/distillation-job.ts';
import { serverPoolController } from './controllers/server-pool.ts';
import { observeStudent } from './controllers/observe-student.ts';
import { ServingWatch } from './controllers/serving-watch.ts';
import { addStores, type Stores } from './controllers/stores.ts';
import { studentDeploymentController, type StudentDeploymentDeps } from './controllers/student-deployment.ts';
import { shippedCatalogue } from './data/catalogue.ts';
import { type DeclaredPool, DeclaredPoolsError, parseDeclaredPools } from './domain/capacity/declared-pools.ts';
import { poolSamples } from './domain/planning/pool-samples.ts';
import type { ServingLoad } from './domain/student/observed.ts';
import { KubeClient } from './kube/client.ts';
import type { Clock } from './kube/clock.ts';
import { StratosOperator } from './kube/operator.ts';
import { ServerClock } from './kube/server-clock.ts';
import { PooledKubeConfig } from './kube/transport.ts';
import { OptionError, type Options, parseCheck, parseOptions } from './options.ts';
import { DistillationMetrics } from './telemetry/distillation-metrics.ts';
import { EstimateMetrics } from './telemetry/estimate-metrics.ts';
import { HealthServer } from './telemetry/health.ts';
import { checkInstallation } from './telemetry/installation-check.ts';
import { createLog } from './telemetry/log.ts';
import { StudentMetrics } from './telemetry/student-metrics.ts';
import { Metrics } from './telemetry/metrics.ts';
import { registerQuotaMetrics } from './telemetry/quota-metrics.ts';
import { registerPoolMetrics } from './telemetry/pool-metrics.ts';
import { registerRolloutMetrics } from './telemetry/rollout-metrics.ts';

type Log = ReturnType<typeof createLog>;

/** A bad option; sysexits.h calls it EX_USAGE, most tools 2. */
const usageError = 2;

async function run(options: Options, log: Log): Promise<number> {
  const declaredPools = await readDeclaredPools(options.serverPoolsFile);
  const kubeConfig = new PooledKubeConfig();
  kubeConfig.loadFromDefault();
  const metrics = new Metrics();
  metrics.collectProcess();
  const clock = new ServerClock({
    onDifference: (ms) => log.warn({ ms }, "this machine's clock differs from the API server's, which is believed"),
  });
  const operator = new StratosOperator({
    kubeConfig,
    clock,
    onDate: (date) => clock.heard(date),
    reporter: { controller: 'distill.stratos.dev/operator', instance: options.identity },
    ...(options.leaderElect ? { leaderElection: leaseOf(options) } : {}),
    userAgent: 'stratos-operator',
    metrics,
    log,
  });
  const stores = addStores(operator, options.watchNamespaces);
  const direct = new KubeClient({ config: kubeConfig, metrics, userAgent: 'stratos-operator' });
  const progress = await startProgress(options, { direct, stores, log });
  addControllers(operator, { options, stores, metrics, progress, declaredPools, clock });
  const health = new HealthServer({
    ...options.httpBindAddress,
    healthz: { reflectors: () => operator.dead() },
    readyz: { synced: () => operator.unsynced() },
    metrics: metrics.registry,
  });
  const httpPort = await health.start();
  log.info({ httpPort, progressPort: progress?.port, identity: options.identity }, 'operator started');
  stopOnSignals(operator, log);
  await operator.start();
  const outcome = await operator.done;
  log.info({ outcome }, 'operator stopped');
  await Promise.all([health.stop(), progress?.close()]);
  await kubeConfig.close();
  // A replica that lost its lease starts anew, so that nothing of its reign is left in memory.
  return outcome === 'lost' ? 1 : 0;
}

async function readDeclaredPools(path: string): Promise<DeclaredPool[]> {
  if (path === '') return [];
  try {
    return parseDeclaredPools(await readFile(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof DeclaredPoolsError)
      throw new OptionError(`--server-pools-file: ${path} ${cause.message}`, { cause });
    throw new OptionError(`--server-pools-file: ${(cause as Error).message}`, { cause });
  }
}

function leaseOf(options: Options) {
  return { lease: { namespace: options.namespace, name: 'stratos-operator' }, identity: options.identity };
}

interface ProgressParts {
  readonly direct: KubeClient;
  readonly stores: Stores;
  readonly log: Log;
}

/** Progress is a display: an operator that cannot serve it still does everything else. */
async function startProgress(
  options: Options,
  { direct, stores, log }: ProgressParts,
): Promise<ProgressServer | undefined> {
  if (options.progressUrl === '') return undefined;
  try {
    return await startProgressServer({
      ...options.progressBindAddress,
      namespace: options.namespace,
      serverNames: [new URL(options.progressUrl).hostname],
      api: direct,
      podBelongsTo: (namespace, name, job) => stores.pods.get({ namespace, name })?.metadata.labels?.[jobLabel] === job,
      log,
    });
  } catch (error) {
    log.error({ err: error }, 'no progress will be shown: its server could not start');
    return undefined;
  }
}

interface Parts {
  readonly options: Options;
  readonly stores: Stores;
  readonly metrics: Metrics;
  readonly progress: ProgressServer | undefined;
  readonly declaredPools: readonly DeclaredPool[];
  readonly clock: Clock;
}

function addControllers(operator: StratosOperator, parts: Parts): void {
  const { options, stores, metrics, progress, clock } = parts;
  const pools = new ClusterPools(stores, shippedCatalogue, parts.declaredPools);
  registerPoolMetrics(metrics.registry, () => poolSamples(pools.discovery()));
  const common = {
    client: operator.client,
    stores,
    pools,
    calibrations: new Calibrations(stores),
    estimates: new EstimateMetrics(metrics.registry),
    events: operator.events,
    clock,
    concurrency: options.concurrency,
  };
  const { trainerImage, servingImage, podUserId, progressUrl } = options;
  operator.addController(
    distillationJobController({
      ...common,
      settings: () => ({
        trainerImage,
        servingImage,
        podUserId,
        catalogue: shippedCatalogue,
        progress: progress === undefined ? undefined : { url: progressUrl, caPem: progress.caPem },
      }),
      measure: new DistillationMetrics(metrics.registry, stores.distillationJobs),
    }),
  );
  registerQuotaMetrics(metrics.registry, stores.quotas);
  registerRolloutMetrics(metrics.registry, stores.studentDeployments);
  operator.addController(distillationQuotaController({ ...common, catalogue: shippedCatalogue }));
  operator.addController(serverPoolController(common));
  addServing(operator, { ...common, options, registry: metrics.registry });
}

interface ServingParts extends Omit<StudentDeploymentDeps, 'settings' | 'loadOf' | 'prometheusUrl'> {
  readonly options: Options;
  readonly registry: Registry;
}

function addServing(operator: StratosOperator, { options, registry, ...common }: ServingParts): void {
  const { servingImage, podUserId, prometheusUrl, servingNetworkPolicy: networkPolicy } = options;
  const { stores } = common;
  const { pools, calibrations } = common;
  const sight = { stores, pools, calibrations, prometheusUrl };
  const settings = { servingImage, podUserId, networkPolicy, catalogue: shippedCatalogue };
  const measure = new StudentMetrics(registry, stores.studentDeployments);
  const watch = new ServingWatch({
    ...sight,
    settings,
    observe: (student) => observeStudent(student, sight),
    pages: new Scraper(),
    clock: common.clock,
    random: Math.random,
    periodMs: options.scrapePeriodSeconds * 1000,
    onNews: (key) => controller.enqueue(key),
    measure,
  });
  const agreement = new AgreementWatch({
    stores,
    client: common.client,
    asker: new Asker(),
    onNews: (key) => controller.enqueue(key),
    measure,
  });
  const controller = operator.addController(
    studentDeploymentController({
      ...common,
      prometheusUrl,
      settings,
      loadOf: (key) => withAgreement(watch.load(key), agreement.roundOf(key)),
    }),
  );
  operator.addController(watch.controller());
  operator.addController(agreement.controller());
}

function withAgreement(load: ServingLoad | undefined, agreement: ServingLoad['agreement']): ServingLoad | undefined {
  return agreement === undefined ? load : { verdict: undefined, measured: undefined, ...load, agreement };
}

/** The first signal drains, the second ends at once. */
function stopOnSignals(operator: StratosOperator, log: Log): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'stopping');
      process.once(signal, () => process.exit(130));
      void operator.stop();
    });
  }
}

/** `stratos-operator check URL`: the pod of `helm test`. */
async function check(argv: readonly string[]): Promise<number> {
  const { passed, text } = await checkInstallation(parseCheck(argv));
  process.stdout.write(`${text}\n`);
  return passed ? 0 : 1;
}

async function main(): Promise<number> {
  const [command, ...rest] = process.argv.slice(2);
  try {
    if (command === 'check') return await check(rest);
    const options = parseOptions(process.argv.slice(2), process.env);
    return await run(options, createLog(options.logLevel));
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`stratos: ${error.message}\n`);
    return usageError;
  }
}

process.exit(await main());
