import type { KubeApi } from './kube-api.ts';

/** Who a token speaks for. */
interface Bearer {
  readonly namespace: string;
  readonly podName: string;
}

/** Undefined when the token is not a valid one of that audience, or is bound to no pod. */
export type ReviewToken = (token: string, audience: string) => Promise<Bearer | undefined>;

interface ReviewStatus {
  readonly authenticated?: boolean;
  readonly audiences?: readonly string[];
  readonly user?: ReviewedUser;
}

interface ReviewedUser {
  readonly username?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

const podNameClaim = 'authentication.kubernetes.io/pod-name';
const serviceAccount = /^system:serviceaccount:(?<namespace>[^:]+):[^:]+$/;

/** Asks the API server, the only one that can tell whether a token's pod still exists. */
export function tokenReviewer(api: Pick<KubeApi, 'raw'>): ReviewToken {
  return async (token, audience) => {
    const review = await api.raw('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, audiences: [audience] },
    });
    return bearerOf((review as { status?: ReviewStatus }).status ?? {}, audience);
  };
}

function bearerOf(status: ReviewStatus, audience: string): Bearer | undefined {
  // An authenticator that knows nothing of audiences returns none, having checked none.
  const valid = status.authenticated === true && status.audiences?.includes(audience) === true;
  return valid && status.user !== undefined ? podOf(status.user) : undefined;
}

function podOf({ username = '', extra }: ReviewedUser): Bearer | undefined {
  const namespace = serviceAccount.exec(username)?.groups?.['namespace'];
  const podName = extra?.[podNameClaim]?.[0];
  return namespace === undefined || podName === undefined ? undefined : { namespace, podName };
}
