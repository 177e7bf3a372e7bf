/** A connection to the cluster of the kubeconfig, closed after use. */
import { KubeClient } from '../kube/client.ts';
import { PooledKubeConfig } from '../kube/transport.ts';
import { UsageError } from './usage-error.ts';

export interface Connection {
  readonly client: KubeClient;
  /** The namespace of the kubeconfig's context. */
  readonly namespace: string;
}

export async function withCluster<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
  const config = new PooledKubeConfig();
  load(config);
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
  try {
    return await use({ client: new KubeClient({ config }), namespace });
  } finally {
    await config.close();
  }
}

/** client-node falls back to port 8080 of this machine, where no cluster is: better to say that none is named. */
const FALLBACK = 'http://localhost:8080';

function load(config: PooledKubeConfig): void {
  try {
    config.loadFromDefault();
  } catch (cause) {
    throw new UsageError(`the kubeconfig cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  const server = config.getCurrentCluster()?.server;
  if (server === undefined || server === FALLBACK)
    throw new UsageError(
      "no cluster: set KUBECONFIG, or choose a context with 'kubectl config use-context'; plan, pools and mix also take --nodes FILE",
    );
}
