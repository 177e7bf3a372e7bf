// Kubeconfig files. JSON is YAML, so they are written as that.
import { writeFile } from 'node:fs/promises';

export interface Login {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
}

/** Writes a kubeconfig with one cluster and one user, readable by us alone. */
export async function writeKubeconfig(path: string, { server, ca, token }: Login): Promise<string> {
  const name = 'stratos-test';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
  };
  await writeFile(path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  return path;
}
