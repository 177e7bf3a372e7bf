// One HTTPS request to a component, certificate checked when its CA is given.
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface Request {
  readonly method?: string;
  readonly token?: string;
  /** PEM. Without it any certificate will do. */
  readonly ca?: string;
  readonly body?: unknown;
}

const timeoutMs = 10_000;
const pollMs = 50;

/** Sends a request with a JSON body (if any) and returns whatever is answered. Rejects if nothing is. */
export async function send(url: string, { method = 'GET', token, ca, body }: Request = {}): Promise<Answer> {
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const trust = ca === undefined ? { rejectUnauthorized: false } : { ca };
  return await new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, ...trust, timeout: timeoutMs }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => {
          text += chunk;
        })
        .once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer from ${url} in ${timeoutMs} ms`)));
    outgoing.once('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export interface Patience {
  readonly withinMs: number;
  /** Gives up at once when this is aborted. */
  readonly signal?: AbortSignal;
}

/** Polls until `probe` gives true; an exception counts as "not yet". Throws with the last one seen. */
export async function until(what: string, patience: Patience, probe: () => Promise<boolean>): Promise<void> {
  const { withinMs, signal } = patience;
  const limit = AbortSignal.any([AbortSignal.timeout(withinMs), ...(signal === undefined ? [] : [signal])]);
  let last: unknown;
  while (!limit.aborted) {
    try {
      if (await probe()) return;
    } catch (error) {
      last = error;
    }
    await sleep(pollMs);
  }
  throw new Error(`${what}: not within ${withinMs} ms`, { cause: last });
}
