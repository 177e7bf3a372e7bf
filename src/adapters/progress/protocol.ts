/**
 * The status protocol of Kubeflow Trainer, spoken for our kind: where a trainer posts, with a token of which audience,
 * and what a report may contain.
 */
import { Ajv } from 'ajv';

export interface JobKey {
  readonly namespace: string;
  readonly name: string;
}

interface TrainerMetric {
  readonly name: string;
  readonly value: string;
}

/** `status.trainerStatus` of a DistillationJob; ratios and losses are strings, as everywhere in the API. */
export interface TrainerStatus {
  readonly progressPercentage?: number;
  readonly estimatedRemainingSeconds?: number;
  readonly metrics?: readonly TrainerMetric[];
  readonly lastUpdatedTime: string;
}

export type ParsedReport =
  | { readonly ok: true; readonly status: TrainerStatus }
  | { readonly ok: false; readonly message: string };

const group = 'distill.stratos.dev/v1alpha1';
const label = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const path = new RegExp(`^/apis/${group}/namespaces/(?<namespace>${label})/distillationjobs/(?<name>${label})/status$`);

/** The path under the server's URL to which the trainer of a job posts. */
export function reportPath(job: JobKey): string {
  return `/apis/${audienceOf(job)}`;
}

/** The audience of the one token that may report for a job: of no use for another job or for the API server. */
export function audienceOf(job: JobKey): string {
  return `${group}/namespaces/${job.namespace}/distillationjobs/${job.name}/status`;
}

/** The job a request is about; undefined for every other path. */
export function parseReportPath(url: string): JobKey | undefined {
  const groups = path.exec(url)?.groups;
  const namespace = groups?.['namespace'];
  const name = groups?.['name'];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

const text = { type: 'string', minLength: 1, maxLength: 64 };

/** The bounds are those of `status.trainerStatus` in the CRD; a test compares them. */
export const reportSchema = {
  type: 'object',
  required: ['trainerStatus'],
  additionalProperties: false,
  properties: {
    trainerStatus: {
      type: 'object',
      required: ['lastUpdatedTime'],
      additionalProperties: false,
      properties: {
        progressPercentage: { type: 'integer', minimum: 0, maximum: 100 },
        estimatedRemainingSeconds: { type: 'integer', minimum: 0, maximum: 2_147_483_647 },
        metrics: {
          type: 'array',
          maxItems: 64,
          items: {
            type: 'object',
            required: ['name', 'value'],
            additionalProperties: false,
            properties: { name: text, value: text },
          },
        },
        lastUpdatedTime: { type: 'string', maxLength: 64, format: 'timestamp' },
      },
    },
  },
};

// Fields we do not know are dropped rather than refused, as an API server prunes them: a newer trainer keeps reporting.
const ajv = new Ajv({ removeAdditional: true });
ajv.addFormat('timestamp', isTimestamp);
const isReport = ajv.compile<{ trainerStatus: TrainerStatus }>(reportSchema);

/** Reads a report's body; what is wrong with a bad one is said in words that its author understands. */
export function parseReport(body: string): ParsedReport {
  let report: unknown;
  try {
    report = JSON.parse(body);
  } catch {
    return { ok: false, message: 'the body must be JSON' };
  }
  if (isReport(report)) return { ok: true, status: report.trainerStatus };
  return { ok: false, message: ajv.errorsText(isReport.errors, { dataVar: 'body' }) };
}

function isTimestamp(value: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value) && !Number.isNaN(Date.parse(value));
}
