/**
 * Every way a request can fail, as one closed union, and one table that says what to do about each.
 *
 * # Guarantees
 * - Whatever was thrown, {@link classify} finds a fault for it; what it cannot explain is a `Bug`.
 * - An abort asked for by the caller is not a fault: it travels as the signal's own reason.
 */
export interface FaultDetail {
  readonly field: string;
  readonly message: string;
}

export type ApiFault =
  /** The resource version or continue token is too old (410): list again. */
  | { readonly type: 'Gone' }
  | { readonly type: 'NotFound' }
  /** Someone else wrote first, or a precondition did not hold. */
  | { readonly type: 'Conflict' }
  | { readonly type: 'AlreadyExists' }
  | { readonly type: 'Throttled'; readonly afterMs: number }
  /** The server could not answer (5xx); a write may or may not have happened. */
  | { readonly type: 'Unavailable' }
  | { readonly type: 'Unauthorized' }
  | { readonly type: 'Forbidden' }
  /** The server understood and refused the object (413, 422). */
  | { readonly type: 'Invalid'; readonly details: readonly FaultDetail[] }
  /** No usable response. `sent` is false when the request certainly never reached the server. */
  | { readonly type: 'Transport'; readonly sent: boolean }
  /** Our mistake: a request that can never work, or an exception that is not about the API. */
  | { readonly type: 'Bug' };

export type FaultType = ApiFault['type'];

export interface FaultPolicy {
  /** When the client may send the same request again by itself. */
  readonly resend: 'any-verb' | 'idempotent-verb' | 'never';
  /** What a controller does with the key. */
  readonly requeue: 'soon' | 'with-backoff';
  /** Part of normal life: neither logged nor counted as an error. */
  readonly quiet: boolean;
}

const retried = { resend: 'idempotent-verb', requeue: 'with-backoff', quiet: false } as const;
const raced = { resend: 'never', requeue: 'soon', quiet: true } as const;
const refused = { resend: 'never', requeue: 'with-backoff', quiet: false } as const;

/** The one retry policy. Throttling is decided before the request is carried out, so any verb may be repeated. */
export const faultPolicy: Readonly<Record<FaultType, FaultPolicy>> = {
  Gone: raced,
  NotFound: raced,
  Conflict: raced,
  AlreadyExists: raced,
  Throttled: { ...retried, resend: 'any-verb' },
  Unavailable: retried,
  Transport: retried,
  Unauthorized: refused,
  Forbidden: refused,
  Invalid: refused,
  Bug: refused,
};

/** A failed request. The message starts with what was being done and names the object; `cause` is what was thrown. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly fault: ApiFault;
  /** The HTTP status, when there was a response. */
  readonly code: number | undefined;

  constructor(message: string, fault: ApiFault, options: { cause?: unknown; code?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.fault = fault;
    this.code = options.code;
  }
}

/** A failure that no retry can mend: logged and counted once, never retried until the object changes. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/** Whether a retry is pointless. */
export function isTerminal(error: unknown): error is TerminalError {
  return error instanceof TerminalError;
}

/** Whether the error is a {@link KubeError} of this type. */
export function isFault(error: unknown, type: FaultType): boolean {
  return error instanceof KubeError && error.fault.type === type;
}

/** The promise's value, or `undefined` where the API answered that there is no such object. */
export async function ignoreNotFound<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isFault(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** The fault behind anything caught. */
export function classify(error: unknown): ApiFault {
  if (error instanceof KubeError) return error.fault;
  const code = systemCode(error);
  if (code === undefined) return { type: 'Bug' };
  return { type: 'Transport', sent: !neverSent.has(code) };
}

/** Codes that arise before the first byte of a request leaves this process. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const programmingMistake = /^(ERR_INVALID|ERR_OUT_OF_RANGE|ERR_MISSING|UND_ERR_INVALID_ARG|UND_ERR_NOT_SUPPORTED)/;

/** The code of a network or TLS error; errors of our own making and wrong arguments have none. */
function systemCode(error: unknown): string | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    const code: unknown = 'code' in current ? current.code : undefined;
    if (typeof code === 'string' && !programmingMistake.test(code)) return code;
  }
  return undefined;
}
