import type { IncomingMessage, ServerResponse } from 'node:http';
import { Authenticator, type AuthenticatorOptions } from './authenticator.ts';
import { parseReport, parseReportPath, type JobKey, type TrainerStatus } from './protocol.ts';
import { RateLimit } from './rate-limit.ts';
import { refuse, type Refusal } from './refusal.ts';
import { readBody } from './request-body.ts';

/** Stores a report, or leaves it be when it says nothing new. False: there is no such job. */
export type WriteProgress = (job: JobKey, status: TrainerStatus) => Promise<boolean>;

/** The part of a structured logger this folder uses; pino satisfies it. */
export interface ProgressLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface ReportHandlerOptions extends AuthenticatorOptions {
  readonly write: WriteProgress;
  readonly log: ProgressLog;
}

const maxBodyBytes = 64 * 1024;

export type ReportHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers trainers. Nothing of a request is logged but the job's name: neither its token nor its body. */
export function reportHandler(options: ReportHandlerOptions): ReportHandler {
  const authenticator = new Authenticator(options);
  // A trainer posts every two seconds at most; several pods of one job share the bucket.
  const limit = new RateLimit({ burst: 10, perSecond: 2, monotonic: options.monotonic });

  async function handle(request: IncomingMessage): Promise<Refusal | undefined> {
    const job = parseReportPath(request.url ?? '');
    if (job === undefined) return refuse(404, 'there is nothing at this path');
    if (request.method !== 'POST') return refuse(405, 'progress is reported by POST');
    // Before the limit, lest a stranger uses up the job's share, and before the body, lest one makes us read it.
    const refusal = await authenticator.refusal(job, request.headers.authorization);
    if (refusal !== undefined) return refusal;
    if (!limit.take(`${job.namespace}/${job.name}`)) return refuse(429, 'reports come too fast; try again in a second');
    return await store(job, request);
  }

  async function store(job: JobKey, request: IncomingMessage): Promise<Refusal | undefined> {
    if (!isJson(request.headers['content-type'])) return refuse(415, 'the body must be application/json');
    const body = await readBody(request, maxBodyBytes);
    if (body === undefined) return refuse(413, `the body must be at most ${maxBodyBytes} bytes`);
    const report = parseReport(body);
    if (!report.ok) return refuse(400, report.message);
    const stored = await options.write(job, report.status);
    return stored ? undefined : refuse(404, `there is no DistillationJob ${job.namespace}/${job.name}`);
  }

  return (request, response) => {
    void handle(request)
      .catch((error: unknown) => {
        if (request.errored) return undefined; // the trainer hung up; nobody waits for an answer
        options.log.warn({ path: request.url, err: error }, 'Could not take a progress report');
        return refuse(503, 'the operator cannot take reports right now; try again later');
      })
      .then((refusal) => answer(response, refusal));
  };
}

function isJson(contentType: string | undefined): boolean {
  return /^application\/json\s*(;|$)/i.test(contentType ?? '');
}

function answer(response: ServerResponse, refusal: Refusal | undefined): void {
  if (response.destroyed) return;
  const code = refusal?.code ?? 200;
  const body = JSON.stringify(refusal ?? { kind: 'Status', apiVersion: 'v1', status: 'Success', code });
  response.writeHead(code, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(code === 401 && { 'www-authenticate': 'Bearer' }),
    ...(code === 405 && { allow: 'POST' }),
    ...((code === 429 || code === 503) && { 'retry-after': '1' }),
    // A body that was not read would be taken for the next request.
    ...(refusal !== undefined && { connection: 'close' }),
  });
  response.end(body);
}
