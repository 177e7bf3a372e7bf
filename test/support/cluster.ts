// A cluster with machines for tests of the whole operator: the shared control plane, a local node, and its users.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeClient } from '../../src/kube/client.ts';
import { PooledKubeConfig } from '../../src/kube/transport.ts';
import { installManifest } from '../generate/manifests.ts';
import { Team } from './cluster-team.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { sharedControlPlane } from './control-plane/shared.ts';
import { type LocalNode, startLocalNode } from './local-node/local-node.ts';
import { expandTemplate } from './local-node/node-registration.ts';
import { storageClassName } from './local-node/provisioner.ts';
import type { LocalImage, NodeTemplate } from './local-node/types.ts';
import { grantAccess } from './operator-access.ts';
import { type OperatorProcess, type OperatorProcessOptions, startOperator } from './operator-process.ts';
import { servingImage, trainerImage } from './local-images.ts';

export interface ClusterOptions {
  readonly nodes: readonly NodeTemplate[];
  readonly images: Record<string, LocalImage>;
}

export class Cluster {
  readonly controlPlane: ControlPlane;
  readonly client: KubeClient;
  readonly node: LocalNode;
  /** Of the operator's ServiceAccount, with the chart's rights. */
  readonly operatorToken: string;
  readonly dir: string;
  readonly #config: PooledKubeConfig;
  readonly #nodes: readonly NodeTemplate[];
  #operators = 0;

  private constructor(parts: Pick<Cluster, 'controlPlane' | 'client' | 'node' | 'operatorToken' | 'dir'>, rest: Rest) {
    this.controlPlane = parts.controlPlane;
    this.client = parts.client;
    this.node = parts.node;
    this.operatorToken = parts.operatorToken;
    this.dir = parts.dir;
    this.#config = rest.config;
    this.#nodes = rest.nodes;
  }

  static async start({ nodes, images }: ClusterOptions): Promise<Cluster> {
    const controlPlane = sharedControlPlane();
    const config = new PooledKubeConfig();
    config.loadFromFile(controlPlane.kubeconfig);
    const dir = await mkdtemp(join(tmpdir(), 'stratos-cluster-'));
    const operatorToken = await grantAccess(controlPlane, await installManifest());
    const node = await startLocalNode({
      kubeconfig: controlPlane.kubeconfig,
      dataDir: join(dir, 'node'),
      nodes: [...nodes],
      images,
      backoff: { firstMs: 300, mostMs: 3000 },
    });
    const client = new KubeClient({ config, userAgent: 'stratos-test' });
    return new Cluster({ controlPlane, client, node, operatorToken, dir }, { config, nodes });
  }

  async newTeam(): Promise<Team> {
    return await Team.create(this.client, this.controlPlane);
  }

  /** An operator under the chart's rights; on the API server itself unless the kubeconfig leads elsewhere. */
  async startOperator(options: Partial<OperatorProcessOptions> = {}): Promise<OperatorProcess> {
    return await startOperator({
      kubeconfig: options.kubeconfig ?? (await this.controlPlane.kubeconfigFor({ token: this.operatorToken })),
      logFile: join(this.dir, `operator-${++this.#operators}.log`),
      trainerImage,
      servingImage,
      ...options,
    });
  }

  async stop(): Promise<void> {
    await this.node.stop();
    const names = this.#nodes.flatMap(expandTemplate).map(({ name }) => name);
    if (names.length > 0) await this.controlPlane.kubectl(['delete', 'node', '--ignore-not-found', ...names]);
    await this.controlPlane.kubectl(['delete', 'storageclass', '--ignore-not-found', storageClassName]);
    await this.#config.close();
    await rm(this.dir, { recursive: true, force: true });
  }
}

interface Rest {
  readonly config: PooledKubeConfig;
  readonly nodes: readonly NodeTemplate[];
}

/** Call it inside a `describe`: the cluster is there from its first test to its last. */
export function withCluster(options: ClusterOptions): () => Cluster {
  let cluster: Cluster | undefined;
  before('start a local node', async () => void (cluster = await Cluster.start(options)));
  after('stop the local node', async () => await cluster?.stop());
  return () => {
    if (cluster === undefined) throw new Error('the cluster is only there while a test runs');
    return cluster;
  };
}
