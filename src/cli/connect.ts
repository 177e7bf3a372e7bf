/** A connection to the cluster of the kubeconfig, closed after use. */
import { KubeClient } from '../kube/client.ts';
import { PooledKubeConfig } from '../kube/transport.ts';

export interface Connection {
  readonly client: KubeClient;
  /** The namespace of the kubeconfig's context. */
  readonly namespace: string;
}

export async function withCluster<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
  const config = new PooledKubeConfig();
  config.loadFromDefault();
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
  try {
    return await use({ client: new KubeClient({ config }), namespace });
  } finally {
    await config.close();
  }
}
