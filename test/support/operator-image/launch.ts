// The entry point of the operator's image on a local node: this tree's operator, told what a container would have been given
// by its surroundings. A pod has its own addresses to listen on, and its ServiceAccount's files at a fixed path.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import '../local-node/loopback-routes.ts';
import { accountVariable, addressVariable } from '../local-node/runtime.ts';

const { [addressVariable]: address = '127.0.0.1', [accountVariable]: account, HOME: home = '' } = process.env;

if (account !== undefined) process.env['KUBECONFIG'] = await inClusterConfig(account);
process.argv = process.argv.map((argument) => argument.replace('=0.0.0.0:', `=${address}:`));
await import('../../../src/main.ts');

/** What client-node makes of the same files where they are at their own path; the token is read again as it is renewed. */
async function inClusterConfig(folder: string): Promise<string> {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = process.env;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'here', cluster: { server: `https://${host}:${port}`, 'certificate-authority': join(folder, 'ca.crt') } },
    ],
    users: [
      { name: 'pod', user: { 'auth-provider': { name: 'tokenFile', config: { tokenFile: join(folder, 'token') } } } },
    ],
    contexts: [{ name: 'pod', context: { cluster: 'here', user: 'pod' } }],
    'current-context': 'pod',
  };
  const path = join(home, 'kubeconfig');
  await writeFile(path, JSON.stringify(config));
  return path;
}
