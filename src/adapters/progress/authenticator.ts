import { createHash } from 'node:crypto';
import { audienceOf, type JobKey } from './protocol.ts';
import { refuse, type Refusal } from './refusal.ts';
import type { ReviewToken } from './token-review.ts';

/** True if the pod bears the label of that job. */
export type PodBelongsTo = (namespace: string, podName: string, jobName: string) => boolean | Promise<boolean>;

export interface AuthenticatorOptions {
  readonly reviewToken: ReviewToken;
  readonly podBelongsTo: PodBelongsTo;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
}

const trustedForMs = 60_000;
const maxTrusted = 10_000;
const maxReviews = 16;
const longestToken = 8_192;

/**
 * Decides whether a request may report for a job: its token has the job's audience and is bound to a pod of that job.
 *
 * A yes is remembered for a minute, so that a report every two seconds costs one TokenReview in thirty; a no is never
 * remembered, as the pod's label may only be unknown yet. The tokens themselves are not kept, only their digests.
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #trustedUntil = new Map<string, number>();
  #reviews = 0;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** Undefined means yes. Rejects when the API server cannot be asked. */
  async refusal(job: JobKey, authorization: string | undefined): Promise<Refusal | undefined> {
    const token = bearerToken(authorization);
    if (token === undefined) return refuse(401, 'the request must carry "Authorization: Bearer <token>"');
    const digest = digestOf(token, job);
    if (this.#isTrusted(digest)) return undefined;
    if (!mayBeValid(token, audienceOf(job))) return invalidToken(job);
    // Whoever sends made-up tokens by the thousand must not turn us into a load on the API server.
    if (this.#reviews >= maxReviews) return refuse(503, 'too many tokens are being checked; try again in a second');
    const refusal = await this.#review(job, token);
    if (refusal === undefined) this.#trust(digest, token);
    return refusal;
  }

  async #review(job: JobKey, token: string): Promise<Refusal | undefined> {
    this.#reviews += 1;
    try {
      const bearer = await this.#options.reviewToken(token, audienceOf(job));
      if (bearer === undefined) return invalidToken(job);
      const belongs =
        bearer.namespace === job.namespace &&
        (await this.#options.podBelongsTo(bearer.namespace, bearer.podName, job.name));
      return belongs ? undefined : refuse(403, `the token's pod is none of DistillationJob ${job.name}`);
    } finally {
      this.#reviews -= 1;
    }
  }

  #isTrusted(digest: string): boolean {
    return (this.#trustedUntil.get(digest) ?? 0) > this.#options.monotonic();
  }

  #trust(digest: string, token: string): void {
    const now = this.#options.monotonic();
    const leftMs = (claimsOf(token)?.exp ?? 0) * 1000 - Date.now();
    this.#trustedUntil.delete(digest);
    this.#trustedUntil.set(digest, now + Math.min(trustedForMs, leftMs));
    // Insertion order is age: what is dropped when it is full has to be reviewed again, nothing more.
    for (const [oldest, until] of this.#trustedUntil) {
      if (until > now && this.#trustedUntil.size <= maxTrusted) break;
      this.#trustedUntil.delete(oldest);
    }
  }
}

function invalidToken(job: JobKey): Refusal {
  return refuse(401, `the token must be valid, bound to a pod and of audience ${audienceOf(job)}`);
}

function bearerToken(authorization: string | undefined): string | undefined {
  const token = /^Bearer (?<token>[\w.~+/=-]+)$/i.exec(authorization ?? '')?.groups?.['token'];
  return token === undefined || token.length > longestToken ? undefined : token;
}

function digestOf(token: string, job: JobKey): string {
  return createHash('sha256')
    .update(`${audienceOf(job)}\n${token}`)
    .digest('base64url');
}

/** Whether asking the API server makes sense at all; it says no to nothing that the API server would accept. */
function mayBeValid(token: string, audience: string): boolean {
  const claims = claimsOf(token);
  return claims !== undefined && claims.aud.includes(audience) && claims.exp * 1000 > Date.now();
}

function claimsOf(token: string): { aud: readonly unknown[]; exp: number } | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    if (typeof claims !== 'object' || claims === null || !('aud' in claims) || !('exp' in claims)) return undefined;
    return { aud: [claims.aud].flat(), exp: Number(claims.exp) };
  } catch {
    return undefined;
  }
}
