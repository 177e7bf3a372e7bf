// Somebody's cluster: the operator has to be installed there, and the images have to be ones that its nodes can pull.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { createInterface } from 'node:readline';
import { runKubectl } from '../support/control-plane/kubectl.ts';
import { toolPath } from '../tools/paths.ts';
import type { DemoCluster } from './cluster.ts';

/** @throws when the operator is not installed, saying how to install it. */
export async function useCluster(kubeconfig: string): Promise<DemoCluster> {
  const kubectl = async (args: readonly string[], stdin?: string): Promise<string> =>
    await runKubectl({ dir: homedir(), kubeconfig }, args, stdin);
  await kubectl(['get', 'crd', 'distillationjobs.distill.stratos.dev']).catch((cause: unknown) => {
    const way = 'kubectl apply --server-side -f manifests/install.yaml';
    throw new Error(`Stratos is not installed in the cluster of ${kubeconfig}; install it with: ${way}`, { cause });
  });
  return {
    kubeconfig,
    simulation: undefined,
    kubectl,
    forward: async (namespace, service) => await portForward(kubeconfig, namespace, service),
    close: async () => undefined,
  };
}

async function portForward(kubeconfig: string, namespace: string, service: string) {
  const args = [
    '--kubeconfig',
    kubeconfig,
    '-n',
    namespace,
    'port-forward',
    `service/${service}`,
    ':80',
    '--address',
    '127.0.0.1',
  ];
  const child = spawn(await toolPath('kubectl'), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const port = /:(\d+) ->/.exec(line)?.[1];
  if (port === undefined) throw new Error(`kubectl port-forward said: ${line}`);
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}
