import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type {
  DistillationJob,
  DistillationJobStatus,
  Plan,
  StageStatus,
} from '../api/v1alpha1/distillation-job.gen.ts';

/** From a short probe to a day of training. */
const stageSeconds = [1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600, 24 * 3600];

/** What is read when somebody asks: the jobs as they are. */
export interface JobSource {
  list(): readonly DistillationJob[];
}

/**
 * The product's own series. Labels are bounded: namespaces, stages, states and reasons, never the name of a job.
 */
export class DistillationMetrics {
  readonly #stageSeconds: Histogram;
  readonly #stageFailures: Counter;
  readonly #plans: Counter;
  readonly #replacedPlans: Counter;
  readonly #pilots: Counter;

  constructor(registry: Registry, jobs: JobSource) {
    const registers = [registry];
    this.#stageSeconds = new Histogram({
      name: 'stratos_stage_duration_seconds',
      help: "Time from the creation of a stage's Job to its end.",
      labelNames: ['stage', 'state'],
      buckets: stageSeconds,
      registers,
    });
    this.#stageFailures = new Counter({
      name: 'stratos_stage_failures_total',
      help: 'Failed tries of a stage, by the reason that was given.',
      labelNames: ['stage', 'reason'],
      registers,
    });
    this.#plans = new Counter({
      name: 'stratos_plans_total',
      help: 'Plans made, by whether anything was feasible.',
      labelNames: ['result'],
      registers,
    });
    this.#replacedPlans = new Counter({
      name: 'stratos_plans_replaced_total',
      help: 'Plans that took the place of another one.',
      registers,
    });
    this.#pilots = new Counter({
      name: 'stratos_pilots_total',
      help: 'Trial runs that ended, by how.',
      labelNames: ['state'],
      registers,
    });
    registry.registerMetric(stateGauge(jobs));
    registry.registerMetric(spentGauge(jobs));
    for (const result of ['selected', 'infeasible']) this.#plans.inc({ result }, 0);
  }

  /** Counts what changed from one stored status to the next. */
  stored(before: DistillationJobStatus | undefined, after: DistillationJobStatus): void {
    for (const stage of after.stages ?? [])
      this.#stageChanged(
        before?.stages?.find(({ name }) => name === stage.name),
        stage,
      );
    if (after.lastFailure !== undefined && after.lastFailure.time !== before?.lastFailure?.time) {
      this.#stageFailures.inc({ stage: after.lastFailure.stage ?? '', reason: after.lastFailure.reason });
    }
    this.#pilotsChanged(before, after);
    this.#planChanged(before?.plan, after.plan);
  }

  #planChanged(before: Plan | undefined, after: Plan | undefined): void {
    if (after === undefined) return;
    if (after.replacedPlan !== undefined && after.replacedPlan !== before?.replacedPlan) this.#replacedPlans.inc();
    if (after.id !== before?.id) this.#plans.inc({ result: after.selected === undefined ? 'infeasible' : 'selected' });
  }

  #pilotsChanged(before: DistillationJobStatus | undefined, after: DistillationJobStatus): void {
    for (const { name, state } of after.pilots ?? []) {
      const running = before?.pilots?.some((pilot) => pilot.name === name && pilot.state === 'Running') ?? false;
      if (running && state !== 'Running') this.#pilots.inc({ state });
    }
  }

  #stageChanged(before: StageStatus | undefined, after: StageStatus): void {
    const ended = after.state === 'Succeeded' || after.state === 'Failed';
    if (!ended || before?.state === after.state || after.startTime === undefined || after.completionTime === undefined)
      return;
    const seconds = (Date.parse(after.completionTime) - Date.parse(after.startTime)) / 1000;
    this.#stageSeconds.observe({ stage: after.name, state: after.state }, seconds);
  }
}

function stateGauge(jobs: JobSource): Gauge {
  return new Gauge({
    name: 'stratos_distillation_jobs',
    help: 'DistillationJobs, by namespace and the reason of their Succeeded condition.',
    labelNames: ['namespace', 'state'],
    registers: [],
    collect() {
      this.reset();
      for (const job of jobs.list()) this.inc({ namespace: job.metadata.namespace, state: stateOf(job) });
    },
  });
}

function spentGauge(jobs: JobSource): Gauge {
  return new Gauge({
    name: 'stratos_spent',
    help: 'Money spent by the DistillationJobs that exist, where prices are known.',
    labelNames: ['namespace', 'currency'],
    registers: [],
    collect() {
      this.reset();
      for (const { metadata, status } of jobs.list()) {
        const { spent, currency } = status?.cost ?? { spent: '0', currency: 'USD' };
        this.inc({ namespace: metadata.namespace, currency }, Number(spent));
      }
    },
  });
}

function stateOf({ status }: DistillationJob): string {
  return status?.conditions?.find(({ type }) => type === 'Succeeded')?.reason ?? 'New';
}
