// A kubeconfig that leads to a fault proxy.
import { writeFile } from 'node:fs/promises';

/** Writes it, readable by us alone, and returns its path. */
export async function writeProxyLogin(
  path: string,
  { server, token }: { server: string; token: string },
): Promise<string> {
  const name = 'fault-proxy';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    // client-node takes plain HTTP for an oversight unless it is told.
    clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
