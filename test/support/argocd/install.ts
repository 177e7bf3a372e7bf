// What Argo CD needs of a cluster: its definitions, its settings with our health checks, and an account with all rights.
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { filesPath } from '../../tools/paths.ts';
import { readPin } from '../../tools/pins.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { eventually } from '../eventually.ts';
import { argoNamespace as namespace } from './types.ts';

/** Ours, as administrators are told to apply it. */
const settings = resolve(import.meta.dirname, '../../../manifests/argocd/argocd-cm.yaml');
const accountName = 'argocd-application-controller';

interface Definition {
  readonly metadata: { readonly name: string };
}

/** Returns a token of its account. */
export async function installArgoCd(controlPlane: ControlPlane): Promise<string> {
  const crds = await definitions();
  await apply(controlPlane, crds);
  const wait = ['wait', '--for=condition=Established', '--timeout=10s', ...crds.map(crdName)];
  // It fails at one that has no condition yet.
  await eventually('the kinds of Argo CD are there', () => controlPlane.kubectl(wait));
  await apply(controlPlane, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    parse(await readFile(settings, 'utf8')) as object,
    ...account,
    secret(),
    defaultProject,
  ]);
  return (await controlPlane.kubectl(['create', 'token', accountName, '-n', namespace, '--duration=2h'])).trim();
}

/** What its Applications made stays. */
export async function uninstallArgoCd(controlPlane: ControlPlane): Promise<void> {
  await controlPlane.kubectl(['delete', '--ignore-not-found', `clusterrolebinding/${accountName}`]);
  await controlPlane.kubectl(['delete', '--ignore-not-found', '--timeout=60s', ...(await definitions()).map(crdName)]);
  await controlPlane.kubectl(['delete', '--ignore-not-found', '--wait=false', `namespace/${namespace}`]);
}

const account = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: accountName, namespace } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: accountName },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: accountName, namespace }],
  },
];

/** Its API server would make this at its first start, and the project too. */
const secret = (): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'argocd-secret', namespace, labels: { 'app.kubernetes.io/part-of': 'argocd' } },
  stringData: { 'server.secretkey': randomBytes(32).toString('base64') },
});

const defaultProject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name: 'default', namespace },
  spec: {
    sourceRepos: ['*'],
    destinations: [{ server: '*', namespace: '*' }],
    clusterResourceWhitelist: [{ group: '*', kind: '*' }],
  },
};

/** Of the version that is pinned. */
async function definitions(): Promise<Definition[]> {
  const folder = join(filesPath(await readPin('argocd')), 'manifests/crds');
  const files = (await readdir(folder)).filter((file) => file.endsWith('-crd.yaml'));
  return await Promise.all(files.map(async (file) => parse(await readFile(join(folder, file), 'utf8')) as Definition));
}

function crdName({ metadata }: Definition): string {
  return `crd/${metadata.name}`;
}

async function apply(controlPlane: ControlPlane, items: readonly object[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items };
  await controlPlane.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify(list));
}
