/** A refusal in the shape of the API server's own, which clients already know how to print. */
export interface Refusal {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly status: 'Failure';
  readonly code: RefusalCode;
  readonly reason: string;
  readonly message: string;
}

const reasons = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
} as const;

export type RefusalCode = keyof typeof reasons;

export function refuse(code: RefusalCode, message: string): Refusal {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason: reasons[code], message };
}
