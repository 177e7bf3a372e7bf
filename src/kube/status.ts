import { type ApiFault, type FaultDetail, KubeError } from './errors.ts';

/** `metav1.Status`, as far as we read it. Nothing in it is trusted to be there: proxies answer too. */
interface StatusBody {
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly details?: { readonly causes?: unknown; readonly retryAfterSeconds?: unknown };
}

/** What a server that sends 429 without `Retry-After` is given. */
const DEFAULT_RETRY_MS = 1000;

/** Server messages can quote whole objects; a log line should not. */
const LONGEST_MESSAGE = 512;

type Interpreter = (status: StatusBody, retryAfterSeconds: number | undefined) => ApiFault;

const byCode: Readonly<Record<number, Interpreter>> = {
  401: () => ({ type: 'Unauthorized' }),
  403: () => ({ type: 'Forbidden' }),
  404: () => ({ type: 'NotFound' }),
  409: (status) => ({ type: status.reason === 'AlreadyExists' ? 'AlreadyExists' : 'Conflict' }),
  410: () => ({ type: 'Gone' }),
  413: (status) => ({ type: 'Invalid', details: detailsOf(status) }),
  422: (status) => ({ type: 'Invalid', details: detailsOf(status) }),
  429: (_, seconds) => ({ type: 'Throttled', afterMs: seconds === undefined ? DEFAULT_RETRY_MS : seconds * 1000 }),
};

function faultOf(code: number, status: StatusBody, retryAfter: number | undefined): ApiFault {
  const interpret = byCode[code];
  if (interpret) return interpret(status, retryAfter);
  return code >= 500 ? { type: 'Unavailable' } : { type: 'Bug' };
}

function detailsOf(status: StatusBody): FaultDetail[] {
  const causes = status.details?.causes;
  if (!Array.isArray(causes)) return [];
  return causes.map((cause: { field?: unknown; message?: unknown } | null) => ({
    field: textOf(cause?.field),
    message: textOf(cause?.message),
  }));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function seconds(value: unknown): number | undefined {
  const parsed = typeof value === 'string' ? Number.parseInt(value, 10) : value;
  return typeof parsed === 'number' && Number.isFinite(parsed) && parsed >= 0 ? parsed : undefined;
}

function asStatus(value: unknown): StatusBody {
  return typeof value === 'object' && value !== null ? value : {};
}

function parseBody(text: string): StatusBody {
  try {
    return asStatus(JSON.parse(text));
  } catch {
    return { message: text };
  }
}

function describe(doing: string, code: number, status: StatusBody): string {
  const words = [String(code), textOf(status.reason), textOf(status.message).slice(0, LONGEST_MESSAGE)];
  return `${doing}: ${words.filter((word) => word !== '').join(' ')}`;
}

/** The error for a response that is not 2xx. */
export function errorFromResponse(
  doing: string,
  response: { readonly code: number; readonly body: string; readonly retryAfter?: string | undefined },
): KubeError {
  const status = parseBody(response.body);
  const retryAfter = seconds(response.retryAfter) ?? seconds(status.details?.retryAfterSeconds);
  const fault = faultOf(response.code, status, retryAfter);
  return new KubeError(describe(doing, response.code, status), fault, { code: response.code });
}

/** The error that an `ERROR` event of a watch carries: the same `Status`, without an HTTP response around it. */
export function errorFromStatus(doing: string, value: unknown): KubeError {
  const status = asStatus(value);
  const code = seconds(status.code) ?? 500;
  const fault = faultOf(code, status, seconds(status.details?.retryAfterSeconds));
  return new KubeError(describe(doing, code, status), fault, { code });
}
