// A cluster in which nothing is installed yet, and Helm to install into it: an own control plane, since what Helm installs,
// upgrades and removes are the CRDs that all tests on the shared one need.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { KubeClient } from '../../src/kube/client.ts';
import { PooledKubeConfig } from '../../src/kube/transport.ts';
import { helm, installNamespace } from '../generate/manifests.ts';
import { l4Pool } from './cluster-pools.ts';
import { Team } from './cluster-team.ts';
import { type ControlPlane, startControlPlane } from './control-plane/control-plane.ts';
import { type LocalNode, startLocalNode } from './local-node/local-node.ts';
import { operatorImages } from './operator-image/image.ts';
import { trainerStandIn } from './stage-image/images.ts';

const root = resolve(import.meta.dirname, '../..');
export const presentChart = join(root, 'charts/stratos');
/** As `helm package` made it of the last version that was released: a clone that is shallow has no history to take it from. */
export const previousChart = join(import.meta.dirname, 'previous-chart/stratos-0.1.0.tgz');

/** No GPU, no taint: where the operator itself runs, each replica on one of its own. */
const generalNodes = { name: 'general', count: 2, capacity: { cpu: '16', memory: '64Gi', pods: '110' } };

export class ReleaseCluster {
  readonly controlPlane: ControlPlane;
  readonly node: LocalNode;
  readonly client: KubeClient;
  readonly #config: PooledKubeConfig;
  readonly #dir: string;

  private constructor(controlPlane: ControlPlane, node: LocalNode, rest: { config: PooledKubeConfig; dir: string }) {
    this.controlPlane = controlPlane;
    this.node = node;
    this.client = new KubeClient({ config: rest.config, userAgent: 'stratos-test' });
    this.#config = rest.config;
    this.#dir = rest.dir;
  }

  /** Pods run as processes: the operator's from this tree, the stages as stand-ins. */
  static async start(): Promise<ReleaseCluster> {
    const controlPlane = await startControlPlane();
    const dir = await mkdtemp(join(tmpdir(), 'stratos-release-'));
    const { kubeconfig } = controlPlane;
    const node = await startLocalNode({
      kubeconfig,
      dataDir: join(dir, 'node'),
      nodes: [generalNodes, l4Pool('l4', 1)],
      images: { ...operatorImages(), 'ghcr.io/stratos/trainer': trainerStandIn },
      backoff: { firstMs: 300, mostMs: 3000 },
    });
    const config = new PooledKubeConfig();
    config.loadFromFile(kubeconfig);
    return new ReleaseCluster(controlPlane, node, { config, dir });
  }

  /** Runs helm in the operator's namespace; rejects with what it says. */
  async helm(...args: string[]): Promise<string> {
    const place = ['--kubeconfig', this.controlPlane.kubeconfig, '--namespace', installNamespace];
    return await helm([...args, ...place]);
  }

  async newTeam(): Promise<Team> {
    return await Team.create(this.client, this.controlPlane);
  }

  async stop(): Promise<void> {
    await this.node.stop();
    await this.#config.close();
    await this.controlPlane.stop();
    await rm(this.#dir, { recursive: true, force: true });
  }
}
