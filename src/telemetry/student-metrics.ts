import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { StudentDeployment } from '../api/v1alpha1/student-deployment.gen.ts';

/** What is read when somebody asks: the students as they are. */
export interface StudentSource {
  list(): readonly StudentDeployment[];
}

const scrapeSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

type Row = { readonly labels?: Readonly<Record<string, string>>; readonly value: number | undefined };

/** What is served, from the statuses. A student's series bear its name, and go with it. */
export class StudentMetrics {
  readonly #scrapes: Counter;
  readonly #scrapeSeconds: Histogram;
  readonly #questions: Counter;

  constructor(registry: Registry, students: StudentSource) {
    const registers = [registry];
    this.#scrapes = new Counter({
      name: 'stratos_scrapes_total',
      help: 'Pages of metrics that were asked of replicas, by what came of it.',
      labelNames: ['result'],
      registers,
    });
    this.#scrapeSeconds = new Histogram({
      name: 'stratos_scrape_duration_seconds',
      help: 'Time to read one page of metrics.',
      buckets: scrapeSeconds,
      registers,
    });
    this.#questions = new Counter({
      name: 'stratos_canary_questions_total',
      help: 'Prompts that replicas were asked to compare revisions, by what came of it.',
      labelNames: ['result'],
      registers,
    });
    for (const result of ['ok', 'failed']) this.#scrapes.inc({ result }, 0);
    for (const result of ['answered', 'failed']) this.#questions.inc({ result }, 0);
    for (const gauge of gauges) registry.registerMetric(gaugeOver(students, gauge));
  }

  scraped(result: 'ok' | 'failed', seconds: number): void {
    this.#scrapes.inc({ result });
    this.#scrapeSeconds.observe(seconds);
  }

  asked(result: 'answered' | 'failed'): void {
    this.#questions.inc({ result });
  }
}

interface GaugeSpec {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  readonly rows: (student: StudentDeployment) => readonly Row[];
}

const seconds = (milliseconds: string | undefined): number | undefined =>
  milliseconds === undefined ? undefined : Number(milliseconds) / 1000;

const gauges: readonly GaugeSpec[] = [
  {
    name: 'stratos_student_replicas',
    help: 'Replicas of a student: those that are wanted by its autoscaler, and those that answer.',
    labelNames: ['state'],
    rows: ({ status }) => [
      { labels: { state: 'ready' }, value: status?.readyReplicas },
      { labels: { state: 'desired' }, value: status?.autoscaling?.desiredReplicas },
    ],
  },
  {
    name: 'stratos_student_requests_per_second',
    help: 'Requests per second of all replicas of a student, as its status says.',
    rows: ({ status }) => [{ value: number(status?.measured?.requestsPerSecond) }],
  },
  {
    name: 'stratos_student_time_to_first_token_seconds',
    help: 'Time to the first token over five minutes, as the status says.',
    labelNames: ['quantile'],
    rows: ({ status }) => [
      { labels: { quantile: '0.5' }, value: seconds(status?.measured?.timeToFirstTokenMilliseconds) },
      { labels: { quantile: '0.95' }, value: seconds(status?.measured?.timeToFirstTokenP95Milliseconds) },
    ],
  },
  {
    name: 'stratos_student_inter_token_latency_seconds',
    help: 'Time between two tokens over five minutes, as the status says.',
    labelNames: ['quantile'],
    rows: ({ status }) => [
      { labels: { quantile: '0.5' }, value: seconds(status?.measured?.interTokenLatencyMilliseconds) },
      { labels: { quantile: '0.95' }, value: seconds(status?.measured?.interTokenLatencyP95Milliseconds) },
    ],
  },
  {
    name: 'stratos_student_slo_met',
    help: 'Whether a student is within the targets of spec.serving: 1 or 0; no series while that is not known.',
    rows: ({ status }) => [{ value: verdict(status?.conditions?.find(({ type }) => type === 'SLOMet')?.status) }],
  },
  {
    name: 'stratos_student_replica_seconds',
    help: 'Seconds that all replicas of a student have held a place on a node.',
    rows: ({ status }) => [{ value: status?.usage && heldSeconds(status.usage) }],
  },
  {
    name: 'stratos_student_cost',
    help: 'What the replicas of a student have cost until the usage in its status was added up.',
    rows: ({ status }) => [{ value: number(status?.usage?.cost) }],
  },
];

function number(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function verdict(status: string | undefined): number | undefined {
  return status === 'True' ? 1 : status === 'False' ? 0 : undefined;
}

/** Up to now: the status is added up only when the number changes. */
function heldSeconds(usage: { replicas: number; replicaSeconds: number; lastUpdatedTime: string }): number {
  const since = Math.max(0, (Date.now() - Date.parse(usage.lastUpdatedTime)) / 1000);
  return usage.replicaSeconds + usage.replicas * since;
}

function gaugeOver(students: StudentSource, { name, help, labelNames = [], rows }: GaugeSpec): Gauge {
  return new Gauge({
    name,
    help,
    labelNames: ['namespace', 'name', ...labelNames],
    registers: [],
    collect() {
      this.reset();
      for (const student of students.list()) {
        const { namespace, name: of } = student.metadata;
        for (const { labels, value } of rows(student))
          if (value !== undefined) this.set({ namespace, name: of, ...labels }, value);
      }
    },
  });
}
