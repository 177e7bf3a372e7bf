// A cluster of one's own: a real control plane, the operator under its own rights, and the local node in the place of machines.
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { installCrds } from '../support/control-plane/crds.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane/control-plane.ts';
import { type LocalNode, startLocalNode } from '../support/local-node/local-node.ts';
import { type OperatorProcess, operatorKubeconfig, startOperator } from '../support/operator-process.ts';
import { servingImage, trainerImage, localImages } from '../support/local-images.ts';
import type { DemoCluster } from './cluster.ts';
import { demoPools } from './pools.ts';

export interface LocalClusterOptions {
  /** Where everything lives: control plane, volumes, logs. Emptied first. */
  readonly dir: string;
  readonly say: (line: string) => void;
}

export async function startLocalCluster({ dir, say }: LocalClusterOptions): Promise<DemoCluster> {
  const home = resolve(dir);
  await rm(home, { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  say('starting etcd, kube-apiserver, kube-controller-manager and kube-scheduler ...');
  const controlPlane = await startControlPlane({ dir: join(home, 'control-plane'), beforeControllers: installCrds });
  try {
    return await populate(controlPlane, home, say);
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
}

async function populate(controlPlane: ControlPlane, home: string, say: (line: string) => void): Promise<DemoCluster> {
  say('registering simulated nodes with the labels of EKS, GKE and a machine room ...');
  const node = await startLocalNode({
    kubeconfig: controlPlane.kubeconfig,
    dataDir: join(home, 'node'),
    nodes: demoPools,
    images: await localImages(),
  });
  say("starting the operator under the chart's rights ...");
  const operator = await startOperator({
    kubeconfig: await operatorKubeconfig(controlPlane),
    logFile: join(home, 'operator.log'),
    trainerImage,
    servingImage,
    leaderElect: true,
  });
  return new LocalCluster(controlPlane, node, operator);
}

class LocalCluster implements DemoCluster {
  readonly kubeconfig: string;
  readonly simulation =
    'The GPU nodes are simulated: their labels and prices are real, their pods run as CPU processes here, and what they measure calibrates nothing.';
  readonly #controlPlane: ControlPlane;
  readonly #node: LocalNode;
  readonly #operator: OperatorProcess;

  constructor(controlPlane: ControlPlane, node: LocalNode, operator: OperatorProcess) {
    this.kubeconfig = controlPlane.kubeconfig;
    this.#controlPlane = controlPlane;
    this.#node = node;
    this.#operator = operator;
  }

  async kubectl(args: readonly string[], stdin?: string): Promise<string> {
    return await this.#controlPlane.kubectl(args, stdin);
  }

  async forward(namespace: string, service: string) {
    return await this.#node.forwardService(namespace, service, 80);
  }

  async close(): Promise<undefined> {
    await this.#operator.stop();
    await this.#node.stop();
    await this.#controlPlane.stop();
    return undefined;
  }
}
